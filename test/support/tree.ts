import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { root } from "../../local/paths.ts";

/** A copy of the tree in a repository of its own, to change as people do. */
export interface Tree {
  readonly folder: string;
  /** Replaces text in a file. @throws when there is nothing to replace */
  readonly edit: (file: string, from: string | RegExp, to: string) => void;
  readonly git: (...args: readonly string[]) => string;
  /** Commits everything, and returns the commit. */
  readonly commit: (message: string) => string;
  readonly remove: () => void;
}

export function copyOfTree(): Tree {
  const folder = mkdtempSync(join(tmpdir(), "suoke-tree-"));
  const list = ["ls-files", "--cached", "--others", "--exclude-standard"];
  for (const file of execFileSync("git", list, { cwd: root, encoding: "utf8" }).trim().split("\n")) {
    if (!existsSync(join(root, file))) continue;
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(root, file), join(folder, file));
  }
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  const git = (...args: readonly string[]): string =>
    execFileSync("git", ["-c", "user.name=Test", "-c", "user.email=test@example.org", ...args], {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  const commit = (message: string): string => {
    git("add", "--all");
    git("commit", "--quiet", "--no-verify", "--message", message);
    return git("rev-parse", "HEAD");
  };
  git("init", "--quiet", "--initial-branch=main");
  writeFileSync(join(folder, ".git/info/exclude"), "node_modules\n.local\n");
  commit("The tree as it is");
  return {
    folder,
    git,
    commit,
    edit: (file, from, to) => {
      const before = readFileSync(join(folder, file), "utf8");
      const after = before.replace(from, to);
      if (after === before) throw new Error(`${file} has no ${String(from)} to replace.`);
      writeFileSync(join(folder, file), after);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
