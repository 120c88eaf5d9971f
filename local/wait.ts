import type { Cluster } from "../cli/kubectl.ts";
import { kubectlOutput } from "../cli/kubectl.ts";
import type { KubernetesObject, ObjectOf } from "../kubernetes/manifest.ts";
import { Findings } from "../policies/finding.ts";
import { sleep } from "./process.ts";
import type { LiveObject } from "./rollout.ts";
import { reasonOf, rolloutOf } from "./rollout.ts";

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
  const deployments = objects.filter((object) => object.kind === "Deployment");
  const namespace = deployments[0]?.metadata.namespace;
  if (namespace === undefined) return;
  const autoscalers = objects.filter((object) => object.kind === "HorizontalPodAutoscaler");
  const deadline = performance.now() + limit * 1000;
  for (;;) {
    const pending = pendingOf(deployments, autoscalers, await list(cluster, "deployments", namespace));
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
  readonly name: string;
  readonly progress: string;
  readonly failure?: string;
}

function pendingOf(
  deployments: readonly ObjectOf<"Deployment">[],
  autoscalers: readonly ObjectOf<"HorizontalPodAutoscaler">[],
  live: readonly LiveObject[],
): Pending[] {
  return deployments.flatMap(({ metadata: { name } }) => {
    const found = live.find((object) => object.metadata.name === name);
    if (found === undefined) return [{ name, progress: "not there yet" }];
    const rollout = rolloutOf(
      found,
      autoscalers.find(({ spec }) => spec.scaleTargetRef.name === name),
    );
    if (rollout.done) return [];
    const progress = `${rollout.ready}/${rollout.desired}`;
    return [{ name, progress, ...(rollout.failed === undefined ? {} : { failure: rollout.failed }) }];
  });
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
    pending.map(({ name, progress, failure }) => {
      const reason = pods
        .filter(({ metadata }) => metadata.labels?.["app"] === name)
        .map(reasonOf)
        .find((text) => text !== undefined);
      return {
        rule: "rollout/stuck",
        place: `Deployment ${name} in ${namespace}`,
        problem: `has ${progress} replicas ${failure === undefined ? `after ${limit} s` : `and was given up: ${failure}`}.`,
        fix: reason ?? `Look at: kubectl --context ${cluster.context} -n ${namespace} describe pods -l app=${name}`,
      };
    }),
  );
}

async function list(cluster: Cluster, resource: string, namespace: string): Promise<readonly LiveObject[]> {
  const answer = await kubectlOutput(cluster, ["get", resource, `--namespace=${namespace}`, "-o", "json"]);
  return (JSON.parse(answer) as { items: LiveObject[] }).items;
}
