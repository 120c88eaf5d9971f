import type { Cluster } from "../cli/kubectl.ts";
import { kubectlOutput } from "../cli/kubectl.ts";
import type { Component, KubernetesObject } from "../kubernetes/manifest.ts";
import { objectsOf } from "../kubernetes/manifest.ts";
import { waves } from "../kubernetes/order.ts";
import { canonical, toYaml } from "../kubernetes/render.ts";
import { startCluster, deleteCluster } from "../local/control-plane.ts";
import { applyComponents } from "../local/kubectl-engine.ts";
import { instance, localFolder } from "../local/paths.ts";
import { silent } from "../local/progress.ts";
import type { LiveObject } from "../local/rollout.ts";
import { platform } from "../stacks/platform.ts";
import { environmentOf, servicesAlone } from "./environment.ts";
import { seconds } from "./measure.ts";

const namespace = "bench";
/** Any value does, as long as it is JSON where JSON is due. */
const secret = (): string => "{}";

/** What one round of applying took, in seconds. */
export interface ApplyRound {
  /** Waves, waits and pruning. */
  readonly ours: number;
  /** One `kubectl apply --server-side` of the same objects, waiting for nothing. */
  readonly kubectl: number;
  /** What the rollouts of the waves took by the server's own clock, one wave after the other. */
  readonly rollouts: number;
}

/** A cluster for the benchmark, with room for so many pods, and its end. */
export async function benchCluster(): Promise<{ readonly cluster: Cluster; readonly remove: () => Promise<void> }> {
  const own = instance(`${localFolder}/bench`, "cluster");
  await deleteCluster(own);
  const cluster = await startCluster(own, silent);
  await grow(cluster);
  return { cluster, remove: () => deleteCluster(own) };
}

/** Applies an environment of so many services in both ways, each into an empty namespace. */
export async function applyRound(cluster: Cluster, size: number): Promise<ApplyRound> {
  const components = platform(servicesAlone(environmentOf(size))).map(inBenchNamespace);
  const objects = objectsOf(components);
  await emptyNamespace(cluster);
  const kubectl = await seconds(() =>
    kubectlOutput(cluster, ["apply", "--server-side", "--field-manager=bench", "-f", "-"], stream(objects)),
  );
  await emptyNamespace(cluster);
  const set = { name: "platform", namespace };
  const ours = await seconds(() => applyComponents({ cluster, components, set, secret, limit: 600, progress: silent }));
  return { ours, kubectl, rollouts: await rolloutSeconds(cluster, components) };
}

function inBenchNamespace(component: Component): Component {
  const manifests = component.manifests.map(({ object }) => {
    // Priority classes belong to cluster/, which is not what is measured.
    const copy = structuredClone(canonical(object, secret)) as KubernetesObject & { metadata: { namespace: string } };
    copy.metadata.namespace = namespace;
    if (copy.kind === "Deployment") delete copy.spec?.template.spec?.priorityClassName;
    return { object: copy };
  });
  return { ...component, manifests };
}

function stream(objects: readonly KubernetesObject[]): string {
  return objects.map((object) => `---\n${toYaml(object)}`).join("");
}

async function emptyNamespace(cluster: Cluster): Promise<void> {
  await kubectlOutput(cluster, ["delete", "namespace", namespace, "--ignore-not-found", "--wait"]);
  await kubectlOutput(cluster, ["create", "namespace", namespace]);
}

/** Nodes for thousands of pods. */
async function grow(cluster: Cluster): Promise<void> {
  const room = { cpu: "1000", memory: "4Ti", "ephemeral-storage": "8Ti", pods: "2000" };
  const nodes = ["a", "b", "c"].map((zone) => ({
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name: `bench-${zone}`,
      labels: { "kubernetes.io/hostname": `bench-${zone}`, "topology.kubernetes.io/zone": `local-${zone}` },
      annotations: { "kwok.x-k8s.io/node": "fake" },
    },
    status: { allocatable: room, capacity: room },
  }));
  const text = nodes.map((node) => `---\n${toYaml(node)}`).join("");
  await kubectlOutput(cluster, ["apply", "--server-side", "-f", "-"], text);
}

/** From the first object of a wave to the last Deployment that became available, by the server's clock, summed. */
async function rolloutSeconds(cluster: Cluster, components: readonly Component[]): Promise<number> {
  const answer = await kubectlOutput(cluster, ["get", "deployments", "-n", namespace, "-o", "json"]);
  const live = new Map((JSON.parse(answer) as { items: LiveObject[] }).items.map((item) => [item.metadata.name, item]));
  const spans = waves(components).map((wave) => {
    const deployments = wave.flatMap(({ name }) => live.get(name) ?? []);
    const created = deployments.map(({ metadata }) => Date.parse(metadata.creationTimestamp ?? ""));
    const available = deployments.map(({ status }) => {
      const conditions = (status?.["conditions"] ?? []) as { type: string; lastTransitionTime: string }[];
      return Date.parse(conditions.find(({ type }) => type === "Available")?.lastTransitionTime ?? "");
    });
    return deployments.length === 0 ? 0 : (Math.max(...available) - Math.min(...created)) / 1000;
  });
  return spans.reduce((total, span) => total + span, 0);
}
