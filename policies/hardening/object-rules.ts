import type { KubernetesObject } from "../../kubernetes/manifest.ts";
import type { Rule, View, Violation } from "./rule.ts";

function objectRule<Kind extends KubernetesObject["kind"]>(
  kind: Kind,
  rule: Omit<Rule, "check">,
  problem: (object: Extract<KubernetesObject, { kind: Kind }>, view: View) => string | undefined | false,
): Rule {
  const isKind = (object: KubernetesObject): object is Extract<KubernetesObject, { kind: Kind }> =>
    object.kind === kind;
  return {
    ...rule,
    check: (view) =>
      view.objects.filter(isKind).flatMap((object): Violation[] => {
        const found = problem(object, view);
        return found === undefined || found === false ? [] : [{ object, problem: found }];
      }),
  };
}

/** What holds data: deleting it is never a step of a rollout. */
const keepsData = (object: KubernetesObject): boolean =>
  object.kind === "Cluster" ||
  object.kind === "PersistentVolumeClaim" ||
  (object.kind === "StatefulSet" && (object.spec?.volumeClaimTemplates ?? []).length > 0);

/** Kubescape has a control for everything that the level `restricted` keeps out of a namespace. */
const admissionControls = [
  "C-0193",
  "C-0194",
  "C-0195",
  "C-0196",
  "C-0197",
  "C-0198",
  "C-0199",
  "C-0200",
  "C-0201",
  "C-0202",
  "C-0203",
  "C-0204",
] as const;

export const objectRules: readonly Rule[] = [
  objectRule(
    "Service",
    {
      id: "services/internal",
      covers: {
        kubeScore: ["service-type"],
        kubeLinter: ["exposed-services"],
        kubescape: ["C-0256"],
      },
      reason: "The edge is the one entry: what is reachable beside it is not authenticated, limited or logged.",
      fix: "Use type ClusterIP and a route through the edge.",
    },
    ({ spec }) => {
      const { type = "ClusterIP", externalIPs = [] } = spec ?? {};
      const problems = [
        ...(type === "ClusterIP" ? [] : [`is of type ${type}`]),
        ...(externalIPs.length === 0 ? [] : [`takes the traffic of ${externalIPs.join(", ")}`]),
      ];
      return problems.length > 0 && `${problems.join(", ")}.`;
    },
  ),
  {
    id: "services/selects",
    covers: { kubeScore: ["service-targets-pod"], kubeLinter: ["dangling-service"], kubescape: ["C-0293"] },
    reason: "A Service without pods answers nobody, and nothing says so.",
    fix: "Correct the selector.",
    check: ({ objects, index }) =>
      objects
        .filter((object) => object.kind === "Service")
        .filter(
          ({ metadata, spec }) =>
            spec?.selector !== undefined && index.matching(spec.selector, metadata.namespace).length === 0,
        )
        .map((object) => ({ object, problem: "selects no pod of the render." })),
    unseen: ({ objects }) =>
      objects
        .filter((object) => object.kind === "Service")
        .filter(({ spec }) => spec?.selector?.["statefulset.kubernetes.io/pod-name"] !== undefined)
        .map((object) => ({
          object,
          scanners: { kubeScore: ["service-targets-pod"], kubeLinter: ["dangling-service"], kubescape: ["C-0293"] },
          because: "The label with the pod's name is added by the controller of StatefulSets.",
        })),
  },
  objectRule(
    "ServiceAccount",
    {
      id: "accounts/token",
      covers: { standard: "CIS 5.1.6", kubescape: ["C-0034"] },
      reason: "A pod that forgets to refuse the token would get it.",
      fix: "Set automountServiceAccountToken: false on the account; the pod that needs it asks for it.",
    },
    ({ automountServiceAccountToken }) =>
      automountServiceAccountToken !== false && "gives its token to every pod that does not refuse it.",
  ),
  objectRule(
    "Job",
    {
      id: "jobs/bounded",
      covers: { kubeScore: ["cronjob-has-deadline"] },
      reason: "A Job that hangs holds its locks and its quota until somebody looks.",
      fix: "Set activeDeadlineSeconds and backoffLimit.",
    },
    ({ spec }) => unbounded(spec),
  ),
  objectRule(
    "Job",
    {
      id: "jobs/kept",
      covers: {},
      reason: "A Job that removes itself is missing at the next apply, which makes it anew: it would run again.",
      fix: "Leave ttlSecondsAfterFinished to the templates of CronJobs.",
    },
    ({ spec }) =>
      spec?.ttlSecondsAfterFinished !== undefined &&
      `removes itself ${spec.ttlSecondsAfterFinished} s after it has run.`,
  ),
  objectRule(
    "CronJob",
    {
      id: "jobs/schedule",
      covers: { kubeScore: ["cronjob-has-deadline", "cronjob-restartpolicy"] },
      reason: "Runs that pile up compete with each other; one that is late for ever is never seen.",
      fix: "Set concurrencyPolicy Forbid, startingDeadlineSeconds, and the bounds of its Job.",
    },
    ({ spec }) => {
      if (spec.concurrencyPolicy !== "Forbid")
        return `has the concurrency policy ${spec.concurrencyPolicy ?? "Allow"}.`;
      if (spec.startingDeadlineSeconds === undefined) return "has no startingDeadlineSeconds.";
      return unbounded(spec.jobTemplate.spec);
    },
  ),
  objectRule(
    "StatefulSet",
    {
      id: "data/kept",
      covers: {},
      reason: "Scaling down for an hour would delete the data of the pods that go.",
      fix: "Set persistentVolumeClaimRetentionPolicy to Retain, or leave it out.",
    },
    ({ spec }) => {
      const { whenDeleted = "Retain", whenScaled = "Retain" } = spec?.persistentVolumeClaimRetentionPolicy ?? {};
      return [whenDeleted, whenScaled].includes("Delete") && "deletes its volumes with its pods.";
    },
  ),
  {
    id: "data/protected",
    covers: {},
    reason: "One careless destroy, or a renamed object, would take the data along.",
    fix: "Set lifecycle protect: true on the manifest.",
    check: ({ manifests }) =>
      manifests
        .filter(({ object, lifecycle }) => keepsData(object) && lifecycle?.protect !== true)
        .map(({ object }) => ({ object, problem: "holds data, and Pulumi may delete it." })),
  },
  objectRule(
    "Namespace",
    {
      id: "namespaces/pod-security",
      covers: { standard: "CIS 5.2.1", checkov: ["CKV_K8S_21"], kubescape: admissionControls },
      reason: "What the render keeps to, a hand at work at night may not: the API server must refuse it too.",
      fix: "Label the namespace pod-security.kubernetes.io/enforce: restricted.",
    },
    ({ metadata }) => {
      const level = metadata.labels["pod-security.kubernetes.io/enforce"];
      return level !== "restricted" && `enforces the Pod Security level ${level ?? "privileged"}.`;
    },
  ),
  objectRule(
    "Namespace",
    {
      id: "namespaces/bounded",
      covers: { standard: "NSA: resource policies", kubescape: ["C-0009"] },
      reason: "A namespace without a quota, default limits and a denial of traffic takes what it gets.",
      fix: "Give it a ResourceQuota, a LimitRange and a NetworkPolicy for all its pods.",
    },
    ({ metadata }, { objects }) => {
      const own = objects.filter((object) => object.metadata.namespace === metadata.name);
      const missing = [
        ...(["ResourceQuota", "LimitRange"] as const).filter((kind) => !own.some((object) => object.kind === kind)),
        ...(own.some(
          (object) =>
            object.kind === "NetworkPolicy" &&
            Object.keys(object.spec?.podSelector?.matchLabels ?? {}).length === 0 &&
            object.spec?.ingress === undefined &&
            object.spec?.egress === undefined,
        )
          ? []
          : ["NetworkPolicy that denies by default"]),
      ];
      return missing.length > 0 && `has no ${missing.join(", no ")}.`;
    },
  ),
];

function unbounded(spec: { activeDeadlineSeconds?: number; backoffLimit?: number } | undefined): string | undefined {
  const missing = (["activeDeadlineSeconds", "backoffLimit"] as const).filter((field) => spec?.[field] === undefined);
  return missing.length > 0 ? `has no ${missing.join(" and no ")}.` : undefined;
}
