import type { KubernetesObject } from "../kubernetes/manifest.ts";
import { exceeds, formatBytes, formatCores, parseQuantity } from "../kubernetes/quantity.ts";
import type { RenderFinding } from "./ids.ts";
import type { PodSpec } from "./pods.ts";
import { autoscalersByTarget, podsOf, scaleOf } from "./pods.ts";

/** Resources that the namespace's quota counts. */
export const quotaResources = ["requests.cpu", "requests.memory", "limits.cpu", "limits.memory", "pods"] as const;
export type QuotaResource = (typeof quotaResources)[number];

/** An amount of each counted resource, in cores, bytes and pieces. */
export type Amounts = Readonly<Record<QuotaResource, number>>;

/** What one workload takes when it is as large as it may get. */
export interface Demand {
  readonly workload: string;
  /** Pods at the largest scale. */
  readonly replicas: number;
  /** Pods that a rollout adds for a while. */
  readonly surge: number;
  readonly perPod: Amounts;
}

export interface Total {
  readonly demands: readonly Demand[];
  /** Every workload at its largest, all rolling out at once. */
  readonly workloads: Amounts;
  /**
   * Room for a second track: the largest service once more, as one service at a time is meant to have one; or all the
   * second tracks that there are, if that is more.
   */
  readonly secondTrack: Amounts;
  readonly sum: Amounts;
}

/**
 * The most that a namespace can be asked for.
 * @param nodes how many nodes DaemonSets have pods on
 */
export function totalDemand(objects: readonly KubernetesObject[], nodes = 0): Total {
  const autoscalers = autoscalersByTarget(objects);
  const demands: Demand[] = [];
  let largestService = nothing;
  let underWay = nothing;
  for (const pods of objects.flatMap((object) => podsOf(object) ?? [])) {
    const { workload, labels } = pods;
    const { name } = workload.metadata;
    const { max, surge } = scaleOf(workload, autoscalers.get(name), nodes);
    const demand = { workload: name, replicas: max, surge, perPod: podAmounts(pods.spec) };
    if ((labels["track"] ?? "stable") !== "stable") {
      underWay = plus(underWay, times(demand.perPod, max + surge));
      continue;
    }
    demands.push(demand);
    if (labels["app.kubernetes.io/component"] === "service")
      largestService = larger(largestService, times(demand.perPod, max));
  }
  const secondTrack = larger(largestService, underWay);
  const workloads = demands.map(({ replicas, surge, perPod }) => times(perPod, replicas + surge)).reduce(plus, nothing);
  return { demands, workloads, secondTrack, sum: plus(workloads, secondTrack) };
}

/**
 * What applying objects asks for at once, beyond what runs: the pods that rollouts add for a while, and the workloads that are
 * new at their least. It is never more than {@link totalDemand} leaves room for; but others may have taken that.
 */
export function rolloutDemand(
  objects: readonly KubernetesObject[],
  runs: (workload: KubernetesObject) => boolean,
  nodes = 0,
): Amounts {
  const autoscalers = autoscalersByTarget(objects);
  return objects
    .flatMap((object) => podsOf(object) ?? [])
    .map(({ workload, spec }) => {
      const { min, max, surge } = scaleOf(workload, autoscalers.get(workload.metadata.name), nodes);
      const added = workload.kind === "Job" ? max : min;
      return times(podAmounts(spec), runs(workload) ? surge : added);
    })
    .reduce(plus, nothing);
}

/** What the scheduler counts: the containers together, or a larger init container; a sidecar runs beside them all. */
function podAmounts({ containers, initContainers = [] }: PodSpec): Amounts {
  const sidecars = initContainers.filter(({ restartPolicy }) => restartPolicy === "Always");
  const starters = initContainers.filter(({ restartPolicy }) => restartPolicy !== "Always");
  const beside = sidecars.map(containerAmounts).reduce(plus, nothing);
  const running = containers.map(containerAmounts).reduce(plus, beside);
  const starting = starters.map((container) => plus(containerAmounts(container), beside)).reduce(larger, nothing);
  return { ...larger(running, starting), pods: 1 };
}

function containerAmounts({ resources }: PodSpec["containers"][number]): Amounts {
  const amount = (kind: "requests" | "limits", resource: string): number =>
    parseQuantity(resources?.[kind]?.[resource] ?? 0);
  return {
    "requests.cpu": amount("requests", "cpu"),
    "requests.memory": amount("requests", "memory"),
    "limits.cpu": amount("limits", "cpu"),
    "limits.memory": amount("limits", "memory"),
    pods: 0,
  };
}

/** A quota that the environment could outgrow: the pods beyond it would not start, in the middle of a rush. */
export function quotaFindings(
  objects: readonly KubernetesObject[],
  quota: Readonly<Record<QuotaResource, string>>,
  nodes = 0,
): RenderFinding[] {
  const { sum, demands, secondTrack } = totalDemand(objects, nodes);
  return quotaResources.flatMap((resource) => {
    if (!exceeds(sum[resource], parseQuantity(quota[resource]))) return [];
    const largest = [...demands]
      .sort((a, b) => share(b, resource) - share(a, resource))
      .slice(0, 3)
      .map((demand) => `${demand.workload} ${formatAmount(resource, share(demand, resource))}`);
    return [
      {
        rule: "quota/too-small",
        place: `quota.${resource}`,
        problem:
          `is ${quota[resource]}, and at the largest scale ${formatAmount(resource, sum[resource])} may be asked for ` +
          `(largest: ${largest.join(", ")}; a second track ${formatAmount(resource, secondTrack[resource])}).`,
        fix: `Raise it to ${formatAmount(resource, sum[resource])}, or lower what services may scale to.`,
      },
    ];
  });
}

function share({ perPod, replicas, surge }: Demand, resource: QuotaResource): number {
  return perPod[resource] * (replicas + surge);
}

/** An amount as Kubernetes writes it. */
export function formatAmount(resource: QuotaResource, amount: number): string {
  if (resource === "pods") return String(amount);
  return resource.endsWith("cpu") ? formatCores(amount) : formatBytes(Math.ceil(amount));
}

const nothing: Amounts = { "requests.cpu": 0, "requests.memory": 0, "limits.cpu": 0, "limits.memory": 0, pods: 0 };

function combine(a: Amounts, b: Amounts, operation: (a: number, b: number) => number): Amounts {
  return {
    "requests.cpu": operation(a["requests.cpu"], b["requests.cpu"]),
    "requests.memory": operation(a["requests.memory"], b["requests.memory"]),
    "limits.cpu": operation(a["limits.cpu"], b["limits.cpu"]),
    "limits.memory": operation(a["limits.memory"], b["limits.memory"]),
    pods: operation(a.pods, b.pods),
  };
}
const plus = (a: Amounts, b: Amounts): Amounts => combine(a, b, (x, y) => x + y);
const larger = (a: Amounts, b: Amounts): Amounts => combine(a, b, Math.max);
const times = (amounts: Amounts, factor: number): Amounts => combine(amounts, nothing, (x) => x * factor);
