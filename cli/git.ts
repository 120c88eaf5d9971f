import { execFile } from "node:child_process";
import { UsageError } from "../policies/finding.ts";

/** A commit and what people call it. */
export interface Revision {
  readonly commit: string;
  /** `main (1a2b3c4)`. */
  readonly text: string;
}

/** @throws {UsageError} when there is no such revision, or no git */
export async function revision(root: string, name: string): Promise<Revision> {
  const { code, stdout } = await git(root, [
    "rev-parse",
    "--verify",
    "--quiet",
    "--end-of-options",
    `${name}^{commit}`,
  ]);
  const commit = stdout.toString().trim();
  if (code !== 0 || commit === "") {
    throw new UsageError(
      `There is no revision "${name}" in this clone. Check the spelling; a shallow clone lacks most: git fetch --unshallow`,
    );
  }
  const short = commit.slice(0, 7);
  return { commit, text: commit.startsWith(name) ? short : `${name} (${short})` };
}

/** The files of a folder at a commit: path below the folder → content. Nothing when the folder is not there. */
export async function filesAt(
  root: string,
  { commit }: Revision,
  folder: string,
): Promise<ReadonlyMap<string, string>> {
  const listed = await gitOutput(root, ["ls-tree", "-r", "-z", commit, "--", `${folder}/`]);
  const entries = listed
    .toString()
    .split("\0")
    .flatMap((line) => {
      const [, hash, path] = /^[0-7]+ blob ([0-9a-f]+)\t(.*)$/.exec(line) ?? [];
      return hash === undefined || path === undefined ? [] : [{ hash, path: path.slice(folder.length + 1) }];
    });
  if (entries.length === 0) return new Map();
  const contents = await gitOutput(root, ["cat-file", "--batch"], entries.map(({ hash }) => `${hash}\n`).join(""));
  let offset = 0;
  return new Map(
    entries.map(({ path }) => {
      // Each is "<hash> blob <bytes>", a line break, the bytes and a line break.
      const end = contents.indexOf("\n", offset);
      const length = Number(contents.subarray(offset, end).toString().split(" ")[2]);
      offset = end + 1 + length + 1;
      return [path, contents.subarray(end + 1, end + 1 + length).toString()];
    }),
  );
}

/** Those of some files that differ from what is committed. None where there is no git repository. */
export async function uncommitted(root: string, files: readonly string[]): Promise<string[]> {
  const { code, stdout } = await git(root, ["status", "--porcelain", "-z", "--", ...files]);
  // Each is two letters, a space and the path below the top of the repository.
  return code === 0
    ? stdout
        .toString()
        .split("\0")
        .flatMap((entry) => files.filter((file) => entry.slice(3) === file || entry.slice(3).endsWith(`/${file}`)))
    : [];
}

interface Answer {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

async function gitOutput(root: string, args: readonly string[], input?: string): Promise<Buffer> {
  const { code, stdout, stderr } = await git(root, args, input);
  if (code !== 0) throw new UsageError(`git ${args.join(" ")} failed: ${stderr.trim()}`);
  return stdout;
}

function git(root: string, args: readonly string[], input?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { cwd: root, maxBuffer: 2 ** 30, encoding: "buffer" } as const;
    const child = execFile("git", [...args], options, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== "number") {
        reject(new UsageError(`git could not be run: ${error.message}. Install it, or put it on PATH.`));
      } else {
        resolve({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr: stderr.toString() });
      }
    });
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input);
  });
}
