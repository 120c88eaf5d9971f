import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Images } from "../delivery/ledger.ts";
import { root } from "../local/paths.ts";
import { UsageError } from "../policies/finding.ts";
import type { EnvironmentName } from "../stacks/environment.ts";
import { runningImages } from "../stacks/images.ts";
import { loadEnvironment } from "../stacks/load.ts";
import { platform } from "../stacks/platform.ts";
import { generate } from "./generate.ts";
import { ask, fetchTip, git, head, remote, uncommitted } from "./repository.ts";

/** A change of an environment's stack file, to be committed with everything that is generated from it. */
export interface Publication {
  readonly environment: EnvironmentName;
  /** The new content of the stack file. */
  readonly text: string;
  readonly message: string;
  /** Branch at the remote to push to; the commit stays local when absent. */
  readonly push?: string;
  /** Push to a branch of this name instead, and ask for a merge request into `push`. */
  readonly mergeRequest?: string;
}

/** How often a change is made anew because somebody else has pushed meanwhile. */
const attempts = 8;

/** The settings of an environment, below the root. */
export function stackFile(environment: EnvironmentName): string {
  return `Pulumi.${environment}.yaml`;
}

/** The text of an environment's stack file, as it is in the working tree. */
export function readSettings(environment: EnvironmentName): string {
  return readFileSync(join(root, stackFile(environment)), "utf8");
}

/** The images that an environment runs, as its stack file in the working tree says. */
export function currentImages(environment: EnvironmentName): Images {
  return runningImages(loadEnvironment(environment, root));
}

/** @throws {UsageError} when a stack file has changes that are not committed: they would be committed with the rest */
export async function refuseDirty(environment: EnvironmentName, push: string | undefined): Promise<void> {
  // What is pushed is what was reviewed; so nothing else may lie around.
  const dirty = await uncommitted(push === undefined ? [stackFile(environment), "test/golden"] : []);
  if (dirty.length > 0) {
    throw new UsageError(
      `${dirty.slice(0, 5).join(", ")} ${dirty.length === 1 ? "has" : "have"} changes that are not committed. Commit or stash them first.`,
    );
  }
}

/**
 * Brings the working tree to the tip of a branch before a change is computed, so that it is computed from what is there
 * now. When the tree has moved, the command runs again as the new tree has it.
 */
export async function startFromTip(branch: string): Promise<void> {
  const tip = await fetchTip(branch);
  if (tip === undefined) throw new UsageError(`${remote} has no branch ${branch}. Push it first.`);
  const before = await head();
  if (before === tip) return;
  if ((await ask(["merge-base", "--is-ancestor", before, tip])).code !== 0) {
    throw new UsageError(
      `What is checked out has commits that ${remote}/${branch} does not have. Push them for review, or check out ${branch}.`,
    );
  }
  await git(["merge", "--quiet", "--ff-only", tip]);
  runAgain();
}

/**
 * Commits a change of an environment's stack file with what follows from it, and pushes it where that is asked for.
 * @returns the commit; nothing when there was nothing to change
 * @throws {Findings} when what follows from it must not be
 * @throws {UsageError} when git does not take it. The tree is as before then
 */
export async function publish(publication: Publication): Promise<string | undefined> {
  const { environment, text, message, push } = publication;
  const path = join(root, stackFile(environment));
  const before = readFileSync(path, "utf8");
  if (before === text) return undefined;
  writeFileSync(path, text);
  let changed: readonly string[] | undefined;
  try {
    platform(loadEnvironment(environment, root));
    changed = await generate(root);
    const paths = [stackFile(environment), ...changed];
    await git(["add", "--all", "--", ...paths]);
    // Whatever else is staged stays out of it.
    await git(["commit", "--quiet", "--file=-", "--only", "--", ...paths], message);
  } catch (error) {
    writeFileSync(path, before);
    if (changed !== undefined) {
      await generate(root);
      await ask(["reset", "--quiet", "--", stackFile(environment), ...changed]);
    }
    throw error;
  }
  const commit = await head();
  if (push !== undefined) await pushed(publication, push);
  return commit;
}

async function pushed({ mergeRequest }: Publication, branch: string): Promise<void> {
  const options =
    mergeRequest === undefined
      ? []
      : [
          "-o",
          "merge_request.create",
          "-o",
          `merge_request.target=${branch}`,
          "-o",
          "merge_request.remove_source_branch",
        ];
  const target = mergeRequest ?? branch;
  const { code, stderr } = await ask(["push", "--quiet", ...options, remote, `HEAD:refs/heads/${target}`]);
  if (code === 0) return;
  // Our own commit, on a tree that was clean: it is made anew from what is there now, or not at all.
  await git(["reset", "--quiet", "--hard", "HEAD~1"]);
  if (mergeRequest !== undefined || !/fetch first|non-fast-forward|cannot lock ref|failed to update ref/.test(stderr)) {
    throw new UsageError(`${remote} refused the change of ${target}: ${stderr.trim()}. Nothing was changed.`);
  }
  await startFromTip(branch);
  throw new UsageError(`${remote} refused the change of ${target}, and has nothing new: ${stderr.trim()}`);
}

/** Runs this command as the tree that has just been checked out has it, and ends with its exit code. */
function runAgain(): never {
  const attempt = Number(process.env["SUOKE_ATTEMPT"] ?? "0") + 1;
  if (attempt > attempts) throw new UsageError("Others pushed faster than this could. Run it again.");
  const { status } = spawnSync(process.execPath, process.argv.slice(1), {
    stdio: "inherit",
    env: { ...process.env, SUOKE_ATTEMPT: String(attempt) },
  });
  process.exit(status ?? 2);
}
