import { root } from "../local/paths.ts";
import { UsageError } from "../policies/finding.ts";
import { environmentReport } from "../review/build.ts";
import { placedOf } from "../review/placed.ts";
import { withRefusals } from "../review/engine.ts";
import type { EnvironmentReport } from "../review/report.ts";
import { environments, loadEnvironment } from "../stacks/load.ts";
import { withApi } from "./api.ts";
import type { State, Target } from "./diff-states.ts";
import { clusterContext, clusterNames, loadCluster } from "./generated.ts";
import { identityOf } from "./live-resources.ts";
import type { Place } from "./live-surplus.ts";
import { readLive } from "./live.ts";

/** What a cluster would change if a target were applied to it. */
export interface LiveReport {
  readonly context: string;
  readonly report: EnvironmentReport;
}

/**
 * Compares what runs with what would run.
 * @param context instead of the one that the target's settings name, as where an agent brings contexts of its own
 * @throws {UsageError} when the cluster cannot be asked
 */
export async function liveReport(target: Target, wanted: State, context = contextOf(target)): Promise<LiveReport> {
  if (wanted.placed.length === 0) throw new UsageError(`${target.name} has no objects to compare what runs with.`);
  const others = "cluster" in target ? [] : clusterNames(root).flatMap((name) => placedOf(loadCluster(name, root)));
  const live = await withApi({ kubectl: "kubectl", context }, (api) =>
    readLive(api, wanted.placed, others, placesOf(wanted)),
  );
  const report = environmentReport(target.name, live.before, live.after);
  return {
    context,
    report: withRefusals({ ...report, notes: [...wanted.notes, ...live.notes] }, ({ kind, namespace, name }) =>
      live.refusals.get(
        identityOf({ apiVersion: "", kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) } }),
      ),
    ),
  };
}

/** What the cluster's own stack has in the namespaces of environments, and those themselves never have. */
const sharedKinds = ["LimitRange", "ResourceQuota", "Role", "RoleBinding"];

/**
 * An environment's namespace is its own, but for what the cluster's stack has in it; of that stack is also what is in no
 * namespace, and all of the namespaces that no environment has.
 */
function placesOf({ namespace, placed }: State): Place[] {
  if (namespace !== undefined) return [{ namespace }];
  const hosts = new Set<string>(Object.values(environments).map((environment) => environment.namespace));
  const names = placed.flatMap(({ object: { kind, metadata } }) =>
    kind === "Namespace" ? [metadata.name] : (metadata.namespace ?? []),
  );
  return [
    {},
    ...[...new Set(names)].map((name) => ({ namespace: name, ...(hosts.has(name) ? { kinds: sharedKinds } : {}) })),
  ];
}

function contextOf(target: Target): string {
  return "cluster" in target
    ? clusterContext(target.cluster, root)
    : loadEnvironment(target.environment, root).settings.cluster.context;
}
