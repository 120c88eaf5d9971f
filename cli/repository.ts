import { execFile } from "node:child_process";
import { root } from "../local/paths.ts";
import { UsageError } from "../policies/finding.ts";

/** Git, as the commands that write to it use it. `remote` is the one that pipelines clone from. */
export const remote = "origin";

export interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Whatever git says, in English, as what it says is looked at. @throws {UsageError} when there is no git */
export function ask(args: readonly string[], input?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      "git",
      [...args],
      { cwd: root, maxBuffer: 2 ** 28, env: { ...process.env, ...identity(), LC_ALL: "C", GIT_TERMINAL_PROMPT: "0" } },
      (error, stdout, stderr) => {
        if (error === null) resolve({ code: 0, stdout, stderr });
        else if (typeof error.code === "number") resolve({ code: error.code, stdout, stderr });
        else reject(new UsageError(`git could not be run: ${error.message}. Install it, or put it on PATH.`));
      },
    );
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input);
  });
}

/** What git printed. @throws {UsageError} with its own words when it failed */
export async function git(args: readonly string[], input?: string): Promise<string> {
  const { code, stdout, stderr } = await ask(args, input);
  if (code !== 0) throw new UsageError(`git ${args.join(" ")} failed: ${stderr.trim()}`);
  return stdout.trimEnd();
}

/** A runner's git has no name; its user is who started the pipeline. */
function identity(): Readonly<Record<string, string>> {
  const { GITLAB_CI, GITLAB_USER_NAME = "Suoke delivery", GITLAB_USER_EMAIL = "delivery@suoke.life" } = process.env;
  if (GITLAB_CI !== "true") return {};
  return {
    GIT_AUTHOR_NAME: GITLAB_USER_NAME,
    GIT_AUTHOR_EMAIL: GITLAB_USER_EMAIL,
    GIT_COMMITTER_NAME: GITLAB_USER_NAME,
    GIT_COMMITTER_EMAIL: GITLAB_USER_EMAIL,
  };
}

/** The commit that is checked out. */
export function head(): Promise<string> {
  return git(["rev-parse", "HEAD"]);
}

/** The tip of a branch at the remote, fetched; nothing when it has none. @throws {UsageError} when it does not answer */
export async function fetchTip(branch: string): Promise<string | undefined> {
  const { code, stderr } = await ask(["fetch", "--quiet", remote, `refs/heads/${branch}`]);
  if (code === 0) return git(["rev-parse", "FETCH_HEAD"]);
  if (/couldn't find remote ref/.test(stderr)) return undefined;
  throw new UsageError(`${remote} could not be asked for ${branch}: ${stderr.trim()}. Nothing was changed.`);
}

/** A file at a commit, exactly; nothing when it is not there. */
export async function fileAt(commit: string, path: string): Promise<string | undefined> {
  const { code, stdout } = await ask(["cat-file", "blob", `${commit}:${path}`]);
  return code === 0 ? stdout : undefined;
}

/** Whether a clone has a commit; shallow ones lack most. */
export async function hasCommit(commit: string): Promise<boolean> {
  return (await ask(["cat-file", "-e", `${commit}^{commit}`])).code === 0;
}

/** Paths that are changed and not committed, those that git does not know excepted. */
export async function uncommitted(paths: readonly string[] = []): Promise<string[]> {
  const lines = await git(["status", "--porcelain", "--untracked-files=no", "--", ...paths]);
  return lines.split("\n").flatMap((line) => (line === "" ? [] : [line.slice(3)]));
}
