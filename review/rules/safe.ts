import type { FieldRule, ObjectRule, Rule } from "../risk.ts";
import { quantity } from "../values.ts";
import { docs } from "./sources.ts";

/** What may be changed while everything runs, each with the reason why it may. */
export const safeRules: readonly Rule[] = [
  {
    id: "safe/metadata",
    fields: ["metadata.labels.**", "metadata.annotations.**"],
    when: ({ subject: { kind } }) => kind !== "Namespace",
    reason: "Labels and annotations of the object itself; those of its pods are in the template.",
    source: docs("concepts/overview/working-with-objects/labels/"),
  },
  {
    id: "safe/renamed-by-content",
    fields: ["metadata.name"],
    reason: "The name carries a hash of the content: the new object is there before the old one goes.",
    source: docs("concepts/configuration/configmap/#configmap-immutable"),
  },
  {
    id: "safe/new-version",
    kinds: ["ConfigMap", "Secret"],
    fields: ["data.**", "binaryData.**", "stringData.**"],
    when: ({ subject: { before, after } }) => before?.metadata.name !== after?.metadata.name,
    reason: "It is a new object; what refers to it changes with its name.",
    source: docs("concepts/configuration/configmap/#configmap-immutable"),
  },
  {
    id: "safe/content",
    kinds: ["ConfigMap", "Secret"],
    fields: ["data.**", "binaryData.**", "stringData.**"],
    when: ({ subject: { before, after } }) =>
      before?.metadata.name === after?.metadata.name && before?.["immutable"] !== true,
    reason: "No pod restarts: mounted files change after a while, variables only in pods that start later.",
    source: docs("concepts/configuration/configmap/#mounted-configmaps-are-updated-automatically"),
  },
  {
    id: "safe/made-immutable",
    kinds: ["ConfigMap", "Secret"],
    fields: ["immutable"],
    when: ({ after }) => after === true,
    reason: "It can no longer be changed, which nothing that reads it notices.",
    source: docs("concepts/configuration/configmap/#configmap-immutable"),
  },
  {
    id: "safe/scaled-up",
    kinds: ["Deployment", "StatefulSet"],
    fields: ["spec.replicas"],
    when: ({ before, after }) => after === undefined || (typeof after === "number" && after > Number(before ?? 0)),
    reason: "Pods are added, or their number is left to an autoscaler, which keeps what there is.",
    source: docs(
      "tasks/run-application/horizontal-pod-autoscale/#migrating-deployments-and-statefulsets-to-horizontal-autoscaling",
    ),
  },
  {
    id: "safe/autoscaling",
    kinds: ["HorizontalPodAutoscaler"],
    fields: ["spec.**"],
    when: ({ shape, before, after }) => !/(min|max)Replicas$/.test(shape) || Number(after ?? 1) > Number(before ?? 1),
    reason:
      "The autoscaler counts differently from its next look on; pods are added, or taken away as gently as its behaviour says.",
    source: docs("tasks/run-application/horizontal-pod-autoscale/"),
  },
  {
    id: "safe/rollout-settings",
    kinds: ["DaemonSet", "Deployment", "StatefulSet"],
    fields: [
      "spec.revisionHistoryLimit",
      "spec.progressDeadlineSeconds",
      "spec.minReadySeconds",
      "spec.paused",
      "spec.strategy.**",
      "spec.updateStrategy.**",
    ],
    reason: "It counts from the next rollout on.",
    source: docs("concepts/workloads/controllers/deployment/#writing-a-deployment-spec"),
  },
  {
    id: "safe/service-port-added",
    kinds: ["Service"],
    fields: ["spec.ports[]"],
    when: ({ change }) => change.op === "add",
    reason: "The ports that there were stay.",
    source: docs("concepts/services-networking/service/#multi-port-services"),
  },
  {
    id: "safe/disruption-budget",
    kinds: ["PodDisruptionBudget"],
    fields: ["spec.**"],
    reason: "It counts from the next drain on.",
    source: docs("concepts/workloads/pods/disruptions/"),
  },
  {
    id: "safe/quota-raised",
    kinds: ["ResourceQuota"],
    fields: ["spec.hard.**"],
    when: ({ before, after }) =>
      after === undefined || (before !== undefined && (quantity(after) ?? 0) > (quantity(before) ?? 0)),
    reason: "More may be asked for; what runs stays as it is.",
    source: docs("concepts/policy/resource-quotas/"),
  },
  {
    id: "safe/limit-range",
    kinds: ["LimitRange"],
    fields: ["spec.**"],
    reason: "Limits count for pods that are created from now on.",
    source: docs("concepts/policy/limit-range/"),
  },
  {
    id: "safe/next-run",
    kinds: ["CronJob"],
    fields: ["spec.**"],
    reason: "It counts for the next run; one that is under way goes on.",
    source: docs("concepts/workloads/controllers/cron-jobs/#modifying-a-cronjob"),
  },
  {
    id: "safe/job-limits",
    kinds: ["Job"],
    fields: ["spec.activeDeadlineSeconds", "spec.backoffLimit", "spec.ttlSecondsAfterFinished", "spec.suspend"],
    reason: "The API server takes it for the run that is under way.",
    source: docs("concepts/workloads/controllers/job/"),
  },
  {
    id: "safe/published-file-left",
    kinds: ["PublishedFile"],
    operations: ["delete"],
    reason: "Pulumi leaves in the cluster what the file defines, and no longer looks after it.",
    source: "https://www.pulumi.com/docs/iac/concepts/options/retainondelete/",
  },
  {
    id: "safe/claim-grown",
    kinds: ["PersistentVolumeClaim"],
    fields: ["spec.resources.requests.**"],
    when: ({ before, after }) => (quantity(after) ?? 0) > (quantity(before) ?? 0),
    reason: "The volume grows in place where its StorageClass has allowVolumeExpansion; elsewhere the server refuses.",
    source: docs("concepts/storage/persistent-volumes/#expanding-persistent-volumes-claims"),
  },
];

/** What there is to say about a change that no rule is about. */
export const created: ObjectRule = {
  id: "safe/created",
  operations: ["create"],
  reason: "Nothing refers to it yet but what comes with it.",
  source: docs("concepts/overview/working-with-objects/"),
};

export const deleted: ObjectRule = {
  id: "safe/deleted",
  operations: ["delete"],
  reason: "Nothing that stays refers to it: the build refuses references that lead nowhere.",
  source: docs("concepts/overview/working-with-objects/"),
};

export const inPlace: FieldRule = {
  id: "safe/in-place",
  fields: ["**"],
  reason: "The API server takes it in place, and no pod is replaced for it.",
  source: docs("reference/using-api/server-side-apply/"),
};

export const podTemplate: FieldRule = {
  id: "restart/pod-template",
  fields: ["{template}.**"],
  reason: "Part of the pods' template: pods are replaced.",
  source: docs("concepts/workloads/controllers/deployment/#updating-a-deployment"),
};

export const unknownKind: FieldRule = {
  id: "restart/unknown-kind",
  fields: ["**"],
  reason: "No rule is about this kind: what a change does is up to its controller. Look it up.",
  source: docs("concepts/extend-kubernetes/api-extension/custom-resources/"),
};
