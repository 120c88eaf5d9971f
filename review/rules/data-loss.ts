import type { PlainObject } from "../change.ts";
import { at } from "../compare.ts";
import { podOf } from "../pod-security.ts";
import type { Field, Rule } from "../risk.ts";
import { docs } from "./sources.ts";

/** Kinds of operators whose objects own the volumes that their data is on. */
const stores = ["Cluster", "Elasticsearch"];

export const dataLossRules: readonly Rule[] = [
  {
    id: "data-loss/claim-deleted",
    kinds: ["PersistentVolumeClaim"],
    operations: ["delete"],
    reason: "With the claim goes its volume, unless the volume's reclaim policy is Retain: by default it is Delete.",
    source: docs("concepts/storage/persistent-volumes/#reclaiming"),
  },
  {
    id: "data-loss/claim-replaced",
    kinds: ["PersistentVolumeClaim"],
    fields: ["spec.accessModes.**", "spec.selector.**", "spec.storageClassName", "spec.volumeName"],
    reason: "Pulumi replaces the claim by deleting it first, and its volume goes with it unless that is retained.",
    source: docs("concepts/storage/persistent-volumes/#reclaiming"),
  },
  {
    id: "data-loss/stateful-set-deleted",
    kinds: ["StatefulSet"],
    operations: ["delete"],
    when: ({ before }) => retention(before, "whenDeleted") === "Delete",
    reason: "Its persistentVolumeClaimRetentionPolicy deletes the claims of its pods with it.",
    source: docs("concepts/workloads/controllers/statefulset/#persistentvolumeclaim-retention"),
  },
  {
    id: "data-loss/stateful-set-replaced",
    kinds: ["StatefulSet"],
    fields: ["spec.selector.**", "spec.serviceName", "spec.podManagementPolicy", "spec.volumeClaimTemplates.**"],
    when: ({ subject: { before } }) => retention(before, "whenDeleted") === "Delete",
    reason: "It is replaced, and its persistentVolumeClaimRetentionPolicy deletes the claims of its pods with it.",
    source: docs("concepts/workloads/controllers/statefulset/#persistentvolumeclaim-retention"),
  },
  {
    id: "data-loss/stateful-set-shrunk",
    kinds: ["StatefulSet"],
    fields: ["spec.replicas"],
    when: ({ before, after, subject }) =>
      retention(subject.after, "whenScaled") === "Delete" && Number(after ?? 1) < Number(before ?? 1),
    reason: ({ before, after }) =>
      `The claims of ${Number(before ?? 1) - Number(after ?? 1)} pods are deleted with them, as its persistentVolumeClaimRetentionPolicy says.`,
    source: docs("concepts/workloads/controllers/statefulset/#persistentvolumeclaim-retention"),
  },
  {
    id: "data-loss/claim-retention",
    kinds: ["StatefulSet"],
    fields: ["spec.persistentVolumeClaimRetentionPolicy.**"],
    when: ({ subject: { before, after } }) =>
      (["whenDeleted", "whenScaled"] as const).some(
        (when) => retention(after, when) === "Delete" && retention(before, when) !== "Delete",
      ),
    reason: "From now on claims are deleted together with the StatefulSet, or with the pods that it is scaled down by.",
    source: docs("concepts/workloads/controllers/statefulset/#persistentvolumeclaim-retention"),
  },
  {
    id: "data-loss/claim-template-gone",
    kinds: ["StatefulSet"],
    fields: ["spec.volumeClaimTemplates[]", "spec.volumeClaimTemplates"],
    when: ({ subject: { before, after } }) =>
      claimTemplates(before).some((name) => !claimTemplates(after).includes(name)),
    reason:
      "Claims are found by their template's name: pods start with empty volumes, and the old ones are left behind.",
    source: docs("concepts/workloads/controllers/statefulset/#stable-storage"),
  },
  {
    id: "data-loss/volume-not-persistent",
    fields: ["{pod}.volumes[]", "{pod}.volumes[].persistentVolumeClaim.**"],
    when: ({ subject, path }) => {
      const name = path.find((segment) => typeof segment !== "string")?.item ?? "";
      return claimOf(subject.before, name) !== undefined && claimOf(subject.after, name) === undefined;
    },
    reason: "What is written there was on a claim and no longer is: pods start without it, and lose what they write.",
    source: docs("concepts/storage/volumes/#emptydir"),
  },
  {
    id: "data-loss/other-claim",
    fields: ["{pod}.volumes[].persistentVolumeClaim.claimName"],
    when: ({ before, after }) => before !== undefined && after !== undefined,
    reason: ({ before, after }) =>
      `Pods no longer see what is on claim ${String(before)}, but what is on ${String(after)}.`,
    source: docs("concepts/storage/persistent-volumes/#claims-as-volumes"),
  },
  {
    id: "data-loss/namespace-deleted",
    kinds: ["Namespace"],
    operations: ["delete"],
    reason: "Everything in it is deleted with it, claims and Secrets included.",
    source: docs("tasks/administer-cluster/namespaces/#deleting-a-namespace"),
  },
  {
    id: "data-loss/definition-deleted",
    kinds: ["CustomResourceDefinition"],
    operations: ["delete"],
    reason: "Every object of the kind is deleted with its definition, and what their controller keeps for them.",
    source: docs(
      "tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#delete-a-customresourcedefinition",
    ),
  },
  {
    id: "data-loss/definition-field",
    kinds: ["CustomResourceDefinition"],
    fields: ["spec.versions[].schema.openAPIV3Schema.**"],
    when: ({ change, path }) => change.op === "remove" && path.at(-2) === "properties",
    reason: "Fields that a schema does not know are pruned: objects lose them when they are next written.",
    source: docs("tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#field-pruning"),
  },
  {
    id: "data-loss/definition-version",
    kinds: ["CustomResourceDefinition"],
    fields: ["spec.versions[]", "spec.versions[].served"],
    when: ({ change, after }) => change.op === "remove" || after === false,
    reason: "Objects that were stored or are written in this version can no longer be read: convert them first.",
    source: docs("tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/"),
  },
  {
    id: "data-loss/store-deleted",
    kinds: stores,
    operations: ["delete"],
    reason: "Its operator deletes the pods and the volumes of the store with it.",
    source: "https://cloudnative-pg.io/documentation/current/storage/",
  },
  {
    id: "data-loss/backup-removed",
    kinds: ["CronJob", "ScheduledBackup"],
    operations: ["delete"],
    when: isBackup,
    reason: "From now on nothing is backed up by it.",
    source: "https://cloudnative-pg.io/documentation/current/backup/",
  },
  {
    id: "data-loss/backup-suspended",
    kinds: ["CronJob", "ScheduledBackup"],
    fields: ["spec.suspend"],
    when: ({ after, subject }) => after === true && isBackup(subject),
    reason: "As long as it is suspended nothing is backed up by it.",
    source: "https://cloudnative-pg.io/documentation/current/backup/",
  },
  {
    id: "data-loss/generated-secret-deleted",
    kinds: ["Secret"],
    operations: ["delete"],
    when: ({ before }) => JSON.stringify([before?.["stringData"], before?.["data"]]).includes("<generated "),
    reason: "It holds a value that was generated and is nowhere else. Pulumi leaves it in the cluster, and forgets it.",
    source: "https://www.pulumi.com/docs/iac/concepts/options/retainondelete/",
  },
  {
    id: "data-loss/reclaim-policy",
    kinds: ["PersistentVolume"],
    fields: ["spec.persistentVolumeReclaimPolicy"],
    when: ({ after }) => after === "Delete",
    reason: "From now on the volume is deleted together with its claim.",
    source: docs("tasks/administer-cluster/change-pv-reclaim-policy/"),
  },
];

function retention(object: PlainObject | undefined, when: "whenDeleted" | "whenScaled"): unknown {
  return at(object, `spec.persistentVolumeClaimRetentionPolicy.${when}`);
}

function claimTemplates(object: PlainObject | undefined): string[] {
  const templates = at(object, "spec.volumeClaimTemplates");
  return Array.isArray(templates) ? templates.map((template) => String(at(template, "metadata.name"))) : [];
}

/** The claim of a pod's volume: its own, or one made for it from a template. */
function claimOf(object: PlainObject | undefined, volume: string): unknown {
  if (claimTemplates(object).includes(volume)) return volume;
  const volumes = podOf(object)?.["volumes"];
  const found: unknown = Array.isArray(volumes) ? volumes.find((each) => at(each, "name") === volume) : undefined;
  return at(found, "persistentVolumeClaim.claimName");
}

function isBackup({ object }: Field["subject"]): boolean {
  return object.kind === "ScheduledBackup" || /backup|snapshot/.test(object.metadata.name);
}
