import type { CorpusPair } from "./pair.ts";
import { edit, edited, removal } from "./pair.ts";
import { claim, claimed, configMap, cronJob, definition, namespace, secret, statefulSet, volume } from "./objects.ts";

const whenDeleted = "spec.persistentVolumeClaimRetentionPolicy.whenDeleted";
const whenScaled = "spec.persistentVolumeClaimRetentionPolicy.whenScaled";

export const dataLoss: readonly CorpusPair[] = [
  removal("a claim goes", "data-loss/claim-deleted", claim),
  edit("a claim wants another class", "data-loss/claim-replaced", claim, ["spec.storageClassName", "slow"]),
  edit("a claim wants other access", "data-loss/claim-replaced", claim, ["spec.accessModes", ["ReadWriteMany"]]),
  removal(
    "a StatefulSet goes that deletes its claims",
    "data-loss/stateful-set-deleted",
    edited(statefulSet, [whenDeleted, "Delete"]),
  ),
  edit(
    "a StatefulSet that deletes its claims is replaced",
    "data-loss/stateful-set-replaced",
    edited(statefulSet, [whenDeleted, "Delete"]),
    ["spec.serviceName", "other"],
  ),
  edit(
    "a StatefulSet that deletes claims when it shrinks shrinks",
    "data-loss/stateful-set-shrunk",
    edited(statefulSet, [whenScaled, "Delete"]),
    ["spec.replicas", 2],
  ),
  edit("a StatefulSet begins to delete its claims", "data-loss/claim-retention", statefulSet, [whenDeleted, "Delete"]),
  edit("a template of claims gets another name", "data-loss/claim-template-gone", statefulSet, [
    "spec.volumeClaimTemplates.0.metadata.name",
    "files",
  ]),
  edit("a volume is no longer a claim's", "data-loss/volume-not-persistent", claimed, [
    "spec.template.spec.volumes",
    [{ name: "data", emptyDir: {} }],
  ]),
  edit("a pod uses another claim", "data-loss/other-claim", claimed, [
    "spec.template.spec.volumes.0.persistentVolumeClaim.claimName",
    "other",
  ]),
  removal("a namespace goes", "data-loss/namespace-deleted", namespace, configMap),
  removal("a definition goes", "data-loss/definition-deleted", definition),
  edit("a definition loses a field", "data-loss/definition-field", definition, [
    "spec.versions.0.schema.openAPIV3Schema.properties.spec.properties.colour",
    undefined,
  ]),
  edit("a definition no longer serves a version", "data-loss/definition-version", definition, [
    "spec.versions.0.served",
    false,
  ]),
  removal("a backup goes", "data-loss/backup-removed", cronJob),
  edit("a backup is suspended", "data-loss/backup-suspended", cronJob, ["spec.suspend", true]),
  removal("a generated secret goes", "data-loss/generated-secret-deleted", secret),
  edit("a volume is no longer retained", "data-loss/reclaim-policy", volume, [
    "spec.persistentVolumeReclaimPolicy",
    "Delete",
  ]),
];
