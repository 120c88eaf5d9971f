import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { root } from "../../local/paths.ts";
import type { Said } from "./suoke.ts";
import { suoke } from "./suoke.ts";

/** The tree as it is now, as a repository of its own with a remote: what writes to git is tried on it. */
export interface Fork {
  /** The remote: a bare repository with the branches `main` and `develop`. */
  readonly origin: string;
  readonly tree: string;
  readonly git: (...args: readonly string[]) => string;
  readonly suoke: (args: readonly string[], env?: Readonly<Record<string, string>>) => Promise<Said>;
  /** Another clone, as another person has it. */
  readonly clone: (branch?: string) => Fork;
  readonly remove: () => void;
}

export function fork(): Fork {
  const folder = mkdtempSync(join(tmpdir(), "suoke-fork-"));
  const origin = join(folder, "origin.git");
  const tree = join(folder, "tree");
  const files = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "-z"], { cwd: root, encoding: "utf8" });
  for (const file of files.split("\0").filter((path) => path !== "")) {
    mkdirSync(dirname(join(tree, file)), { recursive: true });
    // A file that was deleted and not yet committed is listed all the same.
    cpSync(join(root, file), join(tree, file), { force: true, errorOnExist: false });
  }
  run(tree, "init", "--quiet", "--initial-branch=main");
  prepare(tree);
  run(tree, "add", "--all");
  run(tree, "commit", "--quiet", "--message=The tree as it is");
  run(folder, "init", "--quiet", "--bare", "--initial-branch=main", origin);
  run(origin, "config", "receive.advertisePushOptions", "true");
  run(tree, "remote", "add", "origin", origin);
  run(tree, "push", "--quiet", "origin", "main", "main:develop");
  run(tree, "remote", "set-head", "origin", "main");
  let clones = 0;
  const clone = (branch = "main"): Fork => {
    const other = join(folder, `clone-${++clones}`);
    run(folder, "clone", "--quiet", "--branch", branch, origin, other);
    prepare(other);
    return at(other);
  };
  const at = (place: string): Fork => ({
    origin,
    tree: place,
    git: (...args) => run(place, ...args),
    suoke: (args, env = {}) => suoke(args, { GITLAB_CI: "", ...env }, () => undefined, place),
    clone,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  });
  return at(tree);
}

function prepare(tree: string): void {
  symlinkSync(join(root, "node_modules"), join(tree, "node_modules"));
  // A link is no folder, which is what .gitignore names.
  writeFileSync(join(tree, ".git/info/exclude"), "node_modules\n");
  run(tree, "config", "user.name", "Tester");
  run(tree, "config", "user.email", "tester@example.com");
  run(tree, "config", "commit.gpgsign", "false");
}

function run(cwd: string, ...args: readonly string[]): string {
  return execFileSync("git", [...args], { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trimEnd();
}
