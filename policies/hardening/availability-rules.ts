import { isDeepStrictEqual } from "node:util";
import type { ObjectOf } from "../../kubernetes/manifest.ts";
import type { Pods } from "../pods.ts";
import { containerRule } from "./container-rules.ts";
import type { Rule, Unseen, View, Violation } from "./rule.ts";
import { ofKind } from "./rule.ts";

type Probe = NonNullable<Pods["spec"]["containers"][number]["livenessProbe"]>;

/** Workloads whose pods run until somebody stops them. */
const services = ["DaemonSet", "Deployment", "StatefulSet"];
const runsOn = ({ workload }: Pods): boolean => services.includes(workload.kind);
/** Whether a container is one of those that the pod runs, not one that prepares it. */
const isMain = (name: string, { spec }: Pods): boolean => spec.containers.some((container) => container.name === name);

/** What a probe asks, without how patiently. */
function question(probe: Probe): unknown {
  const { exec, grpc, httpGet, tcpSocket } = probe;
  return { exec, grpc, httpGet, tcpSocket };
}

/** Autoscalers that go down to one pod. */
const fromOne = ({ objects }: View): ObjectOf<"HorizontalPodAutoscaler">[] =>
  objects
    .filter((object) => object.kind === "HorizontalPodAutoscaler")
    .filter(({ spec }) => (spec.minReplicas ?? 1) === 1);

/** Deployments of one pod. */
const single = ({ objects, scaleOf }: View): ObjectOf<"Deployment">[] =>
  objects.filter((object) => object.kind === "Deployment").filter((object) => scaleOf(object).min === 1);

/** What runs to its end has nobody to be ready for, and its deadline stops it when it hangs. */
const unprobed = (view: View): Unseen[] => [
  ...[...ofKind(view, "Job"), ...ofKind(view, "CronJob")].map((object) => ({
    object,
    scanners: {
      kubeLinter: ["no-liveness-probe", "no-readiness-probe"],
      kubescape: ["C-0018", "C-0056"] as const,
    },
    because: "It runs to its end: nobody is sent to it, and its deadline stops it when it hangs.",
  })),
  ...ofKind(view, "Pooler").map((object) => ({
    object,
    scanners: { polaris: ["livenessProbeMissing", "readinessProbeMissing"] },
    because: "CloudNativePG makes its pods: it adds a readiness probe, and runs PgBouncer under a manager of its own.",
  })),
];

export const availabilityRules: readonly Rule[] = [
  containerRule(
    {
      id: "probes/both",
      covers: {
        checkov: ["CKV_K8S_8", "CKV_K8S_9"],
        kubeScore: ["pod-probes"],
        kubeLinter: ["no-liveness-probe", "no-readiness-probe"],
        polaris: ["livenessProbeMissing", "readinessProbeMissing"],
        kubescape: ["C-0018", "C-0056"],
      },
      unseen: unprobed,
      reason: "Without readiness traffic reaches a program that cannot serve; without liveness a hung one stays.",
      fix: "Give it a readinessProbe and a livenessProbe.",
    },
    ({ name, readinessProbe, livenessProbe }, pods) => {
      if (!runsOn(pods) || !isMain(name, pods)) return undefined;
      const missing = [
        ...(readinessProbe === undefined ? ["readinessProbe"] : []),
        ...(livenessProbe === undefined ? ["livenessProbe"] : []),
      ];
      return missing.length > 0 && `has no ${missing.join(" and no ")}.`;
    },
  ),
  containerRule(
    {
      id: "probes/identical",
      covers: { kubeScore: ["pod-probes-identical"] },
      reason: "A pod that is busy for a moment would be restarted instead of being spared.",
      fix: "Let liveness be more patient than readiness, or ask something that fails only when a restart helps.",
    },
    ({ readinessProbe, livenessProbe }) =>
      readinessProbe !== undefined &&
      livenessProbe !== undefined &&
      isDeepStrictEqual(question(readinessProbe), question(livenessProbe)) &&
      "asks the same for liveness as for readiness.",
  ),
  {
    id: "availability/replicas",
    covers: { kubeScore: ["deployment-replicas"], polaris: ["deploymentMissingReplicas"] },
    reason: "With one pod, the loss of a node is an outage until another node has started it.",
    fix: "Give it two replicas or more.",
    onlyWhere: "redundant",
    check: (view) => single(view).map((object) => ({ object, problem: "has one pod." })),
    unseen: (view) => [
      ...ofKind(view, "Deployment")
        .filter((object) => object.spec?.replicas === undefined && view.scaleOf(object).min > 1)
        .map((object) => ({
          object,
          scanners: { polaris: ["deploymentMissingReplicas"] },
          because: "Its autoscaler owns the count, and keeps more than one.",
        })),
      ...(view.promises.redundant
        ? []
        : [...single(view), ...fromOne(view)].map((object) => ({
            object,
            scanners: {
              kubeScore: [object.kind === "Deployment" ? "deployment-replicas" : "horizontalpodautoscaler-replicas"],
              polaris: ["deploymentMissingReplicas"],
            },
            because: "This environment does not promise to survive the loss of a node.",
          }))),
    ],
  },
  {
    id: "availability/budget",
    covers: {
      kubeScore: ["deployment-has-poddisruptionbudget", "statefulset-has-poddisruptionbudget"],
      polaris: ["missingPodDisruptionBudget"],
    },
    reason: "A drain of nodes would take all replicas at once.",
    fix: "Add a PodDisruptionBudget with maxUnavailable: 1.",
    check: ({ pods, objects, index, scaleOf }) => {
      const budgets = objects.filter((object) => object.kind === "PodDisruptionBudget");
      const covered = new Set(
        budgets.flatMap(({ metadata, spec }) =>
          // Without a selector it is for no pod.
          spec?.selector === undefined
            ? []
            : index.matching(spec.selector.matchLabels, metadata.namespace).map(({ workload }) => workload),
        ),
      );
      return pods
        .filter((each) => ["Deployment", "StatefulSet"].includes(each.workload.kind))
        .filter(({ workload }) => scaleOf(workload).min >= 2)
        .filter(({ workload }) => !covered.has(workload))
        .map(({ workload }): Violation => ({ object: workload, problem: "has replicas, and no disruption budget." }));
    },
  },
  {
    id: "availability/rollout",
    covers: { kubeScore: ["deployment-strategy"], kubescape: ["C-0305"] },
    reason: "A rollout that stops every old pod before a new one is ready is an outage.",
    fix: "Use RollingUpdate with maxUnavailable: 0, or below the smallest scale.",
    check: ({ objects, scaleOf }) =>
      objects
        .filter((object) => object.kind === "Deployment")
        .flatMap((object): Violation[] => {
          const { type, rollingUpdate } = object.spec?.strategy ?? {};
          const unavailable = rollingUpdate?.maxUnavailable ?? "25%";
          const replicas = scaleOf(object).min;
          if (type === "Recreate") return [{ object, problem: "stops all its pods before it starts new ones." }];
          const gone =
            typeof unavailable === "number"
              ? unavailable
              : Math.floor((Number.parseFloat(unavailable) * replicas) / 100);
          return gone < replicas || replicas === 0
            ? []
            : [{ object, problem: `lets ${gone} of ${replicas} pods go during a rollout.` }];
        }),
  },
  {
    id: "availability/scaling",
    covers: {
      kubeScore: ["deployment-targeted-by-hpa-does-not-have-replicas-configured", "horizontalpodautoscaler-replicas"],
    },
    reason: "A count in the Deployment fights with its autoscaler at every apply; one without a metric scales nothing.",
    fix: "Leave replicas out of the Deployment, and give the autoscaler a metric.",
    check: ({ objects }) => {
      const deployments = new Map(
        objects.flatMap((object) => (object.kind === "Deployment" ? [[object.metadata.name, object] as const] : [])),
      );
      return objects
        .filter((object) => object.kind === "HorizontalPodAutoscaler")
        .flatMap((object) => scalingViolations(object, deployments.get(object.spec.scaleTargetRef.name)));
    },
  },
];

function scalingViolations(
  object: ObjectOf<"HorizontalPodAutoscaler">,
  target: ObjectOf<"Deployment"> | undefined,
): Violation[] {
  const { metrics = [] } = object.spec;
  return [
    ...(target?.spec?.replicas === undefined
      ? []
      : [{ object: target, problem: `sets ${target.spec.replicas} replicas beside an autoscaler.` }]),
    ...(metrics.length > 0 ? [] : [{ object, problem: "has no metric to scale by." }]),
  ];
}
