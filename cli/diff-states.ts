import { root } from "../local/paths.ts";
import { UsageError } from "../policies/finding.ts";
import type { Placed } from "../review/change.ts";
import { placedFrom, placedOf } from "../review/placed.ts";
import type { EnvironmentName } from "../stacks/environment.ts";
import { environmentNamed, environments, loadEnvironment } from "../stacks/load.ts";
import { platform } from "../stacks/platform.ts";
import { clusterNamed, loadCluster } from "./generated.ts";
import { filesAt, revision, uncommitted } from "./git.ts";

/** What can be compared: an environment, or what a cluster's environments share. */
export type Target =
  | { readonly name: string; readonly golden: string; readonly environment: EnvironmentName }
  | { readonly name: string; readonly golden: string; readonly cluster: string };

/** The objects of a target at some time. */
export interface State {
  readonly placed: readonly Placed[];
  readonly namespace?: string;
  /** What the reader should know about how they were found. */
  readonly notes: readonly string[];
}

/** The states of some targets, and where they are from. */
export interface States {
  readonly text: string;
  readonly states: readonly State[];
}

/** `dev`, or `cluster/local`. @throws {UsageError} when there is no such thing */
export function targetNamed(name: string): Target {
  const cluster = clusterNamed(name, root);
  if (cluster === undefined) {
    const environment = environmentNamed(name);
    return { name, golden: `test/golden/${environment}`, environment };
  }
  return { name, golden: `test/golden/cluster-${cluster}`, cluster };
}

/**
 * Targets as the working tree builds them now.
 * @param committed whether settings that are not committed are refused: a verdict counts for what others can check out
 * @throws {Findings} when one does not build
 * @throws {UsageError} for settings that are not committed but should be
 */
export async function workingTree(
  targets: readonly Target[],
  { committed }: { readonly committed: boolean },
): Promise<States> {
  const dirty = new Set(await uncommitted(root, targets.map(settingsFile)));
  if (committed && dirty.size > 0) {
    throw new UsageError(
      `${[...dirty].join(", ")}: there are changes that are not committed, so that nobody else would see what is judged. ` +
        "Commit them, or leave out --fail-on.",
    );
  }
  const states = targets.map((target): State => {
    const notes = dirty.has(settingsFile(target))
      ? [`${settingsFile(target)} has changes that are not committed.`]
      : [];
    if ("cluster" in target) return { placed: placedOf(loadCluster(target.cluster, root)), notes };
    const { namespace } = environments[target.environment];
    return { placed: placedOf(platform(loadEnvironment(target.environment, root))), namespace, notes };
  });
  return { text: "the working tree", states };
}

/** The settings of a target, below the root. */
function settingsFile(target: Target): string {
  return "cluster" in target ? `cluster/Pulumi.${target.cluster}.yaml` : `Pulumi.${target.environment}.yaml`;
}

/**
 * Targets as they were committed: their golden files. They are the render of that commit, which its tests have checked, and
 * reading them needs neither that commit's dependencies nor that its code is run.
 * @throws {UsageError} when there is no such revision, or it has no goldens
 */
export async function revisionStates(name: string, targets: readonly Target[]): Promise<States> {
  const found = await revision(root, name);
  const files = await filesAt(root, found, "test/golden");
  if (files.size === 0)
    throw new UsageError(`${found.text} has no golden files in test/golden: it cannot be compared.`);
  const states = targets.map(({ golden, name: target }): State => {
    const folder = `${golden.slice("test/golden/".length)}/`;
    const own = [...files].filter(([path]) => path.startsWith(folder));
    const placed = own.flatMap(([path, yaml]) => placedFrom(path.slice(folder.length, -".yaml".length), yaml));
    return { placed, notes: own.length > 0 ? [] : [`${found.text} has no ${golden}: there was no ${target} yet.`] };
  });
  return { text: found.text, states };
}
