import type { Cluster } from "../cli/kubectl.ts";
import { kubectlOutput, resourceName } from "../cli/kubectl.ts";
import type { KubernetesObject, ObjectOf } from "../kubernetes/manifest.ts";
import { Findings } from "../policies/finding.ts";
import { autoscalersByTarget, podsOf, selects } from "../policies/pods.ts";
import { sleep } from "./process.ts";
import type { LiveObject } from "./rollout.ts";
import { reasonOf, rolloutOf, workloadKinds } from "./rollout.ts";

export interface Waiting {
  readonly cluster: Cluster;
  /** What was applied; workloads among it are waited for. */
  readonly objects: readonly KubernetesObject[];
  /** Seconds. */
  readonly limit: number;
  readonly detail: (text: string) => void;
}

/** Milliseconds between two looks. */
const interval = 300;

/**
 * Waits until every workload is rolled out, saying what it waits for.
 * @throws {Findings} when the time is up or Kubernetes has given up, with the reason for each workload
 */
export async function waitForRollouts({ cluster, objects, limit, detail }: Waiting): Promise<void> {
  const workloads = objects.filter(({ kind }) => (workloadKinds as readonly string[]).includes(kind));
  const namespace = workloads[0]?.metadata.namespace;
  if (namespace === undefined) return;
  const kinds = [...new Set(workloads.map(resourceName))].join(",");
  const autoscalers = autoscalersByTarget(objects);
  const deadline = performance.now() + limit * 1000;
  for (;;) {
    const live = new Map((await list(cluster, kinds, namespace)).map((object) => [identity(object), object]));
    const pending = workloads.flatMap((object) => pendingOf(object, live.get(identity(object)), autoscalers));
    if (pending.length === 0) return;
    const failed = pending.filter(({ failure }) => failure !== undefined);
    if (failed.length > 0 || performance.now() > deadline) {
      throw await stuck(failed.length > 0 ? failed : pending, cluster, namespace, limit);
    }
    detail(pending.map(({ name, progress }) => `${name} ${progress}`).join(", "));
    await sleep(interval);
  }
}

interface Pending {
  readonly kind: string;
  readonly name: string;
  /** Labels of the pods it makes, to find what holds them up. */
  readonly pods: Readonly<Record<string, string>>;
  readonly progress: string;
  readonly failure?: string;
}

type Identified = Pick<LiveObject, "kind"> & { readonly metadata: { readonly name: string } };

function identity({ kind, metadata }: Identified): string {
  return `${kind} ${metadata.name}`;
}

function pendingOf(
  object: KubernetesObject,
  live: LiveObject | undefined,
  autoscalers: ReadonlyMap<string, ObjectOf<"HorizontalPodAutoscaler">>,
): Pending[] {
  const own = { kind: object.kind, name: object.metadata.name, pods: podsOf(object)?.labels ?? {} };
  if (live === undefined) return [{ ...own, progress: "not there yet" }];
  const rollout = rolloutOf(live, autoscalers.get(own.name));
  if (rollout.done) return [];
  const progress = `${rollout.ready}/${rollout.desired}`;
  return [{ ...own, progress, ...(rollout.failed === undefined ? {} : { failure: rollout.failed }) }];
}

/** What each workload that is not there hangs on: the words of its first pod that does not run. */
async function stuck(
  pending: readonly Pending[],
  cluster: Cluster,
  namespace: string,
  limit: number,
): Promise<Findings> {
  const pods = await list(cluster, "pods", namespace);
  return new Findings(
    pending.map(({ kind, name, pods: labels, progress, failure }) => {
      const reason = pods
        .filter(({ metadata }) => selects(labels, metadata.labels ?? {}))
        .map(reasonOf)
        .find((text) => text !== undefined);
      return {
        rule: "rollout/stuck",
        place: `${kind} ${name} in ${namespace}`,
        problem: `has ${progress} replicas ${failure === undefined ? `after ${limit} s` : `and was given up: ${failure}`}.`,
        fix:
          reason ??
          `Look at: kubectl --context ${cluster.context} -n ${namespace} describe ${kind.toLowerCase()} ${name}`,
      };
    }),
  );
}

async function list(cluster: Cluster, resource: string, namespace: string): Promise<readonly LiveObject[]> {
  const answer = await kubectlOutput(cluster, ["get", resource, `--namespace=${namespace}`, "-o", "json"]);
  return (JSON.parse(answer) as { items: LiveObject[] }).items;
}
