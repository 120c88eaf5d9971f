import type { KubernetesObject, ObjectOf } from "../kubernetes/manifest.ts";
import { describeObject } from "../kubernetes/manifest.ts";
import type { RenderFinding } from "./ids.ts";
import type { Pods } from "./pods.ts";
import { autoscalersByTarget, indexPods, podsOf, scaleOf } from "./pods.ts";

/** What would stop a node from being drained, or cut requests off when it is. */
export function drainFindings(objects: readonly KubernetesObject[], pods = indexPods(objects)): RenderFinding[] {
  const autoscalers = autoscalersByTarget(objects);
  const smallestScale = ({ workload }: Pods): number => scaleOf(workload, autoscalers.get(workload.metadata.name)).min;
  return objects.flatMap((object) => {
    if (object.kind !== "PodDisruptionBudget") return graceFindings(object);
    const selected = pods.matching(object.spec?.selector?.matchLabels, object.metadata.namespace);
    return budgetFindings(
      object,
      selected.reduce((total, each) => total + smallestScale(each), 0),
    );
  });
}

/** A budget that allows no disruption at the smallest scale: the drain of a node would wait for ever. */
function budgetFindings(budget: ObjectOf<"PodDisruptionBudget">, replicas: number): RenderFinding[] {
  const { minAvailable, maxUnavailable } = budget.spec ?? {};
  if (replicas === 0 || disruptionsAllowed(budget, replicas) >= 1) return [];
  const rule = maxUnavailable !== undefined ? `maxUnavailable ${maxUnavailable}` : `minAvailable ${minAvailable}`;
  return [
    {
      rule: "drain/blocked",
      place: describeObject(budget),
      problem: `${rule} of ${replicas} replicas lets no pod go, so that no node with one can be drained.`,
      fix: "Use maxUnavailable: 1.",
    },
  ];
}

/** How many of so many healthy pods a budget lets go at once. */
export function disruptionsAllowed({ spec = {} }: ObjectOf<"PodDisruptionBudget">, replicas: number): number {
  const { minAvailable, maxUnavailable } = spec;
  return maxUnavailable !== undefined
    ? roundUp(maxUnavailable, replicas)
    : replicas - roundUp(minAvailable ?? 0, replicas);
}

/** The eviction API rounds both percentages up. */
function roundUp(value: string | number, replicas: number): number {
  return typeof value === "number" ? value : Math.ceil((replicas * Number.parseFloat(value)) / 100);
}

/** The grace period covers the wait before the program is told to stop, or the kubelet kills it at work. */
function graceFindings(object: KubernetesObject): RenderFinding[] {
  const spec = podsOf(object)?.spec;
  if (spec === undefined) return [];
  const grace = spec.terminationGracePeriodSeconds ?? 30;
  return spec.containers.flatMap(({ name, lifecycle }) => {
    const wait = lifecycle?.preStop?.sleep?.seconds ?? 0;
    return wait + 5 < grace
      ? []
      : [
          {
            rule: "drain/grace",
            place: `${describeObject(object)}: ${name}`,
            problem: `sleeps ${wait} s of a grace period of ${grace} s before it stops.`,
            fix: "Make terminationGracePeriodSeconds the sleep, the longest request and 5 s.",
          },
        ];
  });
}
