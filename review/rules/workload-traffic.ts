import type { PlainObject } from "../change.ts";
import { at } from "../compare.ts";
import { podTemplates } from "../lists.ts";
import type { Field, Rule } from "../risk.ts";
import { docs, rolling } from "./sources.ts";
import { isSecondTrack } from "./tracks.ts";

/** How a workload's change can leave requests without an answer. */
export const workloadTrafficRules: readonly Rule[] = [
  {
    id: "traffic-interruption/workload-deleted",
    kinds: rolling,
    operations: ["delete"],
    when: ({ object }) => !isSecondTrack(object),
    reason: "All of its pods stop.",
    source: docs("concepts/architecture/garbage-collection/#cascading-deletion"),
  },
  {
    id: "traffic-interruption/scaled-to-zero",
    kinds: ["Deployment", "HorizontalPodAutoscaler", "StatefulSet"],
    fields: ["spec.replicas", "spec.minReplicas"],
    when: ({ after }) => after === 0,
    reason: "No pod is left.",
    source: docs("concepts/workloads/controllers/deployment/#scaling-a-deployment"),
  },
  {
    id: "traffic-interruption/recreate",
    kinds: ["Deployment"],
    fields: ["{template}.**"],
    when: ({ subject: { after } }) => at(after, "spec.strategy.type") === "Recreate",
    reason: "Its strategy is Recreate: all old pods stop before the first new one starts.",
    source: docs("concepts/workloads/controllers/deployment/#recreate-deployment"),
  },
  {
    id: "traffic-interruption/strategy",
    kinds: ["Deployment"],
    fields: ["spec.strategy.**"],
    when: ({ subject: { after } }) => at(after, "spec.strategy.type") === "Recreate",
    reason: "From now on all old pods stop before the first new one starts.",
    source: docs("concepts/workloads/controllers/deployment/#recreate-deployment"),
  },
  {
    id: "traffic-interruption/max-unavailable",
    kinds: ["DaemonSet", "Deployment", "StatefulSet"],
    fields: ["spec.strategy.**", "spec.updateStrategy.**"],
    when: ({ subject: { after } }) => unavailable(after) >= 1,
    reason: "From now on a rollout may stop all pods at the same time.",
    source: docs("concepts/workloads/controllers/deployment/#max-unavailable"),
  },
  {
    id: "traffic-interruption/only-pod",
    kinds: ["StatefulSet"],
    fields: ["{template}.**"],
    when: ({ subject: { before, after } }) =>
      [before, after].every((object) => (at(object, "spec.replicas") ?? 1) === 1),
    reason: "It has one pod, which a StatefulSet stops before it starts the new one.",
    source: docs("concepts/workloads/controllers/statefulset/#rolling-updates"),
  },
  {
    id: "traffic-interruption/readiness-probe-removed",
    kinds: rolling,
    fields: ["{pod}.containers[].readinessProbe"],
    when: ({ change }) => change.op === "remove",
    reason: "Pods get requests as soon as their containers have started, ready or not.",
    source: docs("concepts/configuration/liveness-readiness-startup-probes/#readiness-probe"),
  },
  {
    id: "traffic-interruption/no-drain",
    kinds: rolling,
    fields: [
      "{pod}.containers[].lifecycle",
      "{pod}.containers[].lifecycle.preStop.**",
      "{pod}.terminationGracePeriodSeconds",
    ],
    when: shorter,
    reason:
      "Pods stop sooner after they are told to, while endpoints still lead to them: each rollout and drain may cut requests off.",
    source: docs("concepts/workloads/pods/pod-lifecycle/#pod-termination"),
  },
];

/** Share of the pods that a rollout may take away, 0–1. A number of pods is one of their least number. */
function unavailable(object: PlainObject | undefined): number {
  const most =
    at(object, "spec.strategy.rollingUpdate.maxUnavailable") ??
    at(object, "spec.updateStrategy.rollingUpdate.maxUnavailable");
  if (typeof most === "string") return Number.parseFloat(most) / 100;
  // How many there are is the autoscaler's where the object does not say.
  const replicas = at(object, "spec.replicas");
  return typeof most === "number" && typeof replicas === "number" && replicas > 0 ? most / replicas : 0;
}

/** Whether a pod has less time than before between being told to stop and being stopped. */
function shorter({ change, shape, before, after, subject }: Field): boolean {
  if (shape.endsWith("terminationGracePeriodSeconds")) return Number(after ?? 30) < Number(before ?? 30);
  if (change.op === "remove")
    return shape.endsWith("lifecycle") ? at(before, "preStop") !== undefined : shape.endsWith("preStop");
  return (
    change.op === "replace" &&
    shape.endsWith("sleep.seconds") &&
    Number(after) < Number(before) &&
    podTemplates[subject.kind] !== undefined
  );
}
