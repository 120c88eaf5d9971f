import { stemOf } from "../pair.ts";
import type { Field, FieldRule, Rule } from "../risk.ts";
import { docs, rolling } from "./sources.ts";

const containers = ["containers", "initContainers"] as const;

/** Places below every container of a pod. */
function inContainers(...places: readonly string[]): string[] {
  return containers.flatMap((list) => places.map((place) => `{pod}.${list}[].${place}`));
}

const rollout = docs("concepts/workloads/controllers/deployment/#updating-a-deployment");

/** Why pods are replaced: any difference in their template does it, and this says what the difference comes from. */
const causes: readonly Omit<FieldRule, "kinds">[] = [
  {
    id: "restart/image",
    fields: inContainers("image"),
    reason: "Pods are replaced by ones with another image.",
    source: rollout,
  },
  {
    id: "restart/configuration",
    fields: [
      "{pod}.volumes[].configMap.name",
      "{pod}.volumes[].secret.secretName",
      ...inContainers("envFrom", "env[].valueFrom.configMapKeyRef.name"),
    ],
    when: ({ before, after }) => hashOnly(before, after),
    reason: "Its configuration changes, and with it the hash in the ConfigMap's name: pods are replaced to read it.",
    source: rollout,
  },
  {
    id: "restart/rotation",
    fields: ["{template}.metadata.annotations.**"],
    when: ({ path }) => path.at(-1) === "suoke.life/secrets-hash",
    reason: "A secret that it uses is rotated or made differently: pods are replaced to read it.",
    source: docs("concepts/configuration/secret/#using-secrets-as-environment-variables"),
  },
  {
    id: "restart/environment",
    fields: inContainers("env", "env[]", "env[].**", "envFrom"),
    when: ({ before, after }) => !hashOnly(before, after),
    reason: "Variables are read when a process starts: pods are replaced.",
    source: rollout,
  },
  {
    id: "restart/resources",
    fields: [...inContainers("resources.**"), "{pod}.overhead.**"],
    reason: "Pods are replaced, and scheduled anew by what they ask for now.",
    source: docs("concepts/configuration/manage-resources-containers/"),
  },
  {
    id: "restart/probes",
    fields: inContainers("livenessProbe.**", "readinessProbe.**", "startupProbe.**"),
    reason: "Pods are replaced by ones that are asked differently whether they live and are ready.",
    source: docs("concepts/configuration/liveness-readiness-startup-probes/"),
  },
  {
    id: "restart/command",
    fields: inContainers("command", "args", "workingDir"),
    reason: "Pods are replaced by ones that start another command.",
    source: rollout,
  },
  {
    id: "restart/ports",
    fields: inContainers("ports.**"),
    reason: "Pods are replaced; Services find the new ones by the names of their ports.",
    source: rollout,
  },
  {
    id: "restart/lifecycle",
    fields: [...inContainers("lifecycle.**"), "{pod}.terminationGracePeriodSeconds"],
    reason: "Pods are replaced; those that go still end as they were told when they started.",
    source: docs("concepts/workloads/pods/pod-lifecycle/#pod-termination"),
  },
  {
    id: "restart/security-context",
    fields: [
      ...inContainers("securityContext.**"),
      "{pod}.securityContext.**",
      "{pod}.serviceAccountName",
      "{pod}.automountServiceAccountToken",
    ],
    reason: "Pods are replaced by ones that run with other rights.",
    source: docs("tasks/configure-pod-container/security-context/"),
  },
  {
    id: "restart/volumes",
    fields: [
      "{pod}.volumes",
      "{pod}.volumes[]",
      "{pod}.volumes[].**",
      ...inContainers("volumeMounts.**", "volumeDevices.**"),
    ],
    when: ({ before, after }) => !hashOnly(before, after),
    reason: "Pods are replaced by ones with other volumes.",
    source: docs("concepts/storage/volumes/"),
  },
  {
    id: "restart/scheduling",
    fields: [
      "affinity.**",
      "nodeSelector.**",
      "tolerations.**",
      "topologySpreadConstraints.**",
      "priorityClassName",
      "schedulerName",
      "nodeName",
    ].map((field) => `{pod}.${field}`),
    reason: "Pods are replaced, and may go to other nodes.",
    source: docs("concepts/scheduling-eviction/assign-pod-node/"),
  },
  {
    id: "restart/template-metadata",
    fields: ["{template}.metadata.**"],
    when: ({ path }) => path.at(-1) !== "suoke.life/secrets-hash",
    reason: "Labels and annotations of pods are part of their template: pods are replaced.",
    source: rollout,
  },
];

export const restartRules: readonly Rule[] = [
  ...causes.map((rule): FieldRule => ({
    ...rule,
    kinds: rolling,
    when: (field) => !isOrder(field) && (rule.when?.(field) ?? true),
  })),
  {
    id: "restart/order",
    kinds: rolling,
    fields: ["{template}.**"],
    when: isOrder,
    reason: "Another order is another template: pods are replaced. Of variables, each sees only those further up.",
    source: docs("tasks/inject-data-application/define-interdependent-environment-variables/"),
  },
  {
    id: "restart/scaled-down",
    kinds: ["Deployment", "HorizontalPodAutoscaler", "StatefulSet"],
    fields: ["spec.replicas", "spec.minReplicas", "spec.maxReplicas"],
    when: ({ before, after }) => typeof before === "number" && typeof after === "number" && after < before && after > 0,
    reason: ({ before, after }) => `Pods are stopped: ${String(before)} become ${String(after)} where that many run.`,
    source: docs("concepts/workloads/controllers/deployment/#scaling-a-deployment"),
  },
  {
    id: "restart/operator",
    kinds: ["Cluster", "Elasticsearch", "Pooler"],
    fields: ["spec.**"],
    reason:
      "Its operator decides: most changes replace its pods one after another, and fail over where there is a primary.",
    source: "https://cloudnative-pg.io/documentation/current/rolling_update/",
  },
  {
    id: "restart/published-file",
    kinds: ["PublishedFile"],
    fields: ["spec.**"],
    reason:
      "Other definitions or controllers are installed, of a version that somebody else publishes. Read its release notes.",
    source: "https://www.pulumi.com/registry/packages/kubernetes/api-docs/yaml/v2/configfile/",
  },
  {
    id: "restart/chart",
    kinds: ["HelmRelease"],
    fields: ["spec.**"],
    reason:
      "The chart is upgraded: Helm replaces the pods whose templates come out differently. Read its release notes.",
    source: "https://helm.sh/docs/helm/helm_upgrade/",
  },
];

function isOrder({ change }: Field): boolean {
  return change.op === "order";
}

/** Whether two names differ in the hash at their end alone. Lists of sources are looked through. */
function hashOnly(before: unknown, after: unknown): boolean {
  if (typeof before === "string" && typeof after === "string")
    return before !== after && stemOf(before) === stemOf(after) && stemOf(after) !== after;
  return (
    before !== undefined &&
    after !== undefined &&
    JSON.stringify(before) !== JSON.stringify(after) &&
    withoutHashes(before) === withoutHashes(after)
  );
}

function withoutHashes(value: unknown): string {
  return JSON.stringify(value).replace(/-[0-9a-f]{10}"/g, '"');
}
