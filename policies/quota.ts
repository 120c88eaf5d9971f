import type { KubernetesObject, ObjectOf } from "../kubernetes/manifest.ts";
import { formatBytes, formatCores, parseQuantity } from "../kubernetes/quantity.ts";
import type { Finding } from "./finding.ts";
import type { PodSpec } from "./pods.ts";
import { autoscalersByTarget } from "./pods.ts";

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
  /** The largest workload once more: a canary or a blue/green rollout runs it twice. One service rolls at a time. */
  readonly secondTrack: Amounts;
  readonly sum: Amounts;
}

/** The most that a namespace can be asked for. */
export function totalDemand(objects: readonly KubernetesObject[]): Total {
  const autoscalers = autoscalersByTarget(objects);
  const demands = objects
    .filter((object) => object.kind === "Deployment")
    .map((object) => demandOf(object, autoscalers.get(object.metadata.name)));
  const workloads = demands.map(({ replicas, surge, perPod }) => times(perPod, replicas + surge)).reduce(plus, nothing);
  const secondTrack = demands.map(({ replicas, perPod }) => times(perPod, replicas)).reduce(larger, nothing);
  return { demands, workloads, secondTrack, sum: plus(workloads, secondTrack) };
}

function demandOf(deployment: ObjectOf<"Deployment">, autoscaler?: ObjectOf<"HorizontalPodAutoscaler">): Demand {
  const replicas = autoscaler?.spec.maxReplicas ?? deployment.spec?.replicas ?? 1;
  const surge = surgePods(deployment.spec?.strategy?.rollingUpdate?.maxSurge ?? "25%", replicas);
  return { workload: deployment.metadata.name, replicas, surge, perPod: podAmounts(deployment.spec?.template.spec) };
}

/** Kubernetes rounds a percentage of surge up. */
function surgePods(maxSurge: string | number, replicas: number): number {
  return typeof maxSurge === "number" ? maxSurge : Math.ceil((replicas * Number.parseFloat(maxSurge)) / 100);
}

function podAmounts(spec: PodSpec | undefined): Amounts {
  const sum = (kind: "requests" | "limits", resource: string): number =>
    (spec?.containers ?? []).reduce(
      (total, { resources }) => total + parseQuantity(resources?.[kind]?.[resource] ?? 0),
      0,
    );
  return {
    "requests.cpu": sum("requests", "cpu"),
    "requests.memory": sum("requests", "memory"),
    "limits.cpu": sum("limits", "cpu"),
    "limits.memory": sum("limits", "memory"),
    pods: 1,
  };
}

/** A quota that the environment could outgrow: the pods beyond it would not start, in the middle of a rush. */
export function quotaFindings(
  objects: readonly KubernetesObject[],
  quota: Readonly<Record<QuotaResource, string>>,
): Finding[] {
  const { sum, demands, secondTrack } = totalDemand(objects);
  return quotaResources.flatMap((resource) => {
    if (sum[resource] <= parseQuantity(quota[resource])) return [];
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
  return Object.fromEntries(
    quotaResources.map((resource) => [resource, operation(a[resource], b[resource])]),
  ) as Amounts;
}
const plus = (a: Amounts, b: Amounts): Amounts => combine(a, b, (x, y) => x + y);
const larger = (a: Amounts, b: Amounts): Amounts => combine(a, b, Math.max);
const times = (amounts: Amounts, factor: number): Amounts => combine(amounts, nothing, (x) => x * factor);
