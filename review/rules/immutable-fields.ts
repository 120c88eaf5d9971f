import { at, isRecord } from "../compare.ts";
import type { Field } from "../risk.ts";
import { quantity } from "../values.ts";
import { docs, pulumiProvider, validation } from "./sources.ts";

/** A field that cannot be changed in place, and who says so. */
export interface Immutable {
  readonly name: string;
  readonly kinds: readonly string[];
  readonly fields: readonly string[];
  /** What the API server does with a change of it. */
  readonly server: "refuses" | "takes";
  /** What Pulumi does with one: its provider has a list of its own, which is not the server's. */
  readonly pulumi: "replaces" | "fails";
  /** What it means, in a sentence. */
  readonly because: string;
  readonly source: string;
  readonly when?: (field: Field) => boolean;
}

/**
 * The fields that Kubernetes or Pulumi does not change in place. test/corpus has a pair for each, which the API server of the
 * embedded cluster is asked about.
 */
export const immutableFields: readonly Immutable[] = [
  {
    name: "workload-selector",
    kinds: ["DaemonSet", "Deployment"],
    fields: ["spec.selector.**"],
    server: "refuses",
    pulumi: "replaces",
    because: "The selector says which pods are its own: all of them stop before new ones start.",
    source: docs("concepts/workloads/controllers/deployment/#label-selector-updates"),
  },
  {
    name: "stateful-set",
    kinds: ["StatefulSet"],
    fields: ["spec.selector.**", "spec.serviceName", "spec.podManagementPolicy"],
    server: "refuses",
    pulumi: "replaces",
    because: "All of its pods stop before new ones start; their claims stay and are taken over by name.",
    source: validation("apps"),
  },
  {
    name: "stateful-set-claims",
    kinds: ["StatefulSet"],
    fields: ["spec.volumeClaimTemplates.**"],
    server: "refuses",
    pulumi: "replaces",
    because: "Claims that are there keep what they have: size and class are changed on each of them, by hand.",
    source: validation("apps"),
  },
  {
    name: "stateful-set-history",
    kinds: ["StatefulSet"],
    fields: ["spec.revisionHistoryLimit"],
    server: "takes",
    pulumi: "replaces",
    because: "All of its pods would stop for a number that only matters for rollbacks.",
    source: pulumiProvider,
  },
  {
    name: "job",
    kinds: ["Job"],
    fields: ["spec.template.**", "spec.selector.**", "spec.completions"],
    server: "refuses",
    pulumi: "replaces",
    because: "A Job is one run: what it did is gone, and it runs again from the start.",
    source: validation("batch"),
    when: ({ shape, subject }) =>
      !isSchedulingOfSuspended(shape, subject.before) && !isIndexedCompletions(shape, subject.after),
  },
  {
    name: "job-control",
    kinds: ["Job"],
    fields: [
      "spec.completionMode",
      "spec.podFailurePolicy.**",
      "spec.backoffLimitPerIndex",
      "spec.managedBy",
      "spec.successPolicy.**",
    ],
    server: "refuses",
    pulumi: "fails",
    because: "A Job is one run.",
    source: validation("batch"),
  },
  {
    name: "job-parallelism",
    kinds: ["Job"],
    fields: ["spec.parallelism"],
    server: "takes",
    pulumi: "replaces",
    because: "The run starts again from the start.",
    source: pulumiProvider,
  },
  {
    name: "service-cluster-ip",
    kinds: ["Service"],
    fields: ["spec.clusterIP", "spec.clusterIPs"],
    server: "refuses",
    pulumi: "replaces",
    because: "Clients keep the old address until their DNS cache ends.",
    source: docs("concepts/services-networking/service/#choosing-your-own-ip-address"),
    when: (field) => field.after !== undefined && !externalName(field),
  },
  {
    name: "service-headless",
    kinds: ["Service"],
    fields: ["spec.clusterIP"],
    server: "takes",
    pulumi: "replaces",
    because: "The server keeps the address that it has, so that applying alone would change nothing.",
    source: validation("core"),
    when: (field) => field.after === undefined && !externalName(field),
  },
  {
    name: "service-address-family",
    kinds: ["Service"],
    fields: ["spec.ipFamilies", "spec.loadBalancerClass", "spec.healthCheckNodePort"],
    server: "refuses",
    pulumi: "fails",
    because: "It is settled when the Service is created.",
    source: docs("concepts/services-networking/dual-stack/"),
    when: (field) => field.before !== undefined && !externalName(field),
  },
  {
    name: "claim",
    kinds: ["PersistentVolumeClaim"],
    fields: ["spec.accessModes.**", "spec.selector.**", "spec.storageClassName", "spec.volumeName"],
    server: "refuses",
    pulumi: "replaces",
    because: "The claim is deleted first, and its volume with it unless the volume is retained.",
    source: validation("core"),
  },
  {
    name: "claim-source",
    kinds: ["PersistentVolumeClaim"],
    fields: ["spec.volumeMode", "spec.dataSource.**", "spec.dataSourceRef.**", "spec.resources.limits.**"],
    server: "refuses",
    pulumi: "fails",
    because: "A volume is made from it once.",
    source: validation("core"),
  },
  {
    name: "claim-shrunk",
    kinds: ["PersistentVolumeClaim"],
    fields: ["spec.resources.requests.**"],
    server: "refuses",
    pulumi: "fails",
    because: "Volumes grow and never shrink: a smaller one is a new claim that the data is copied to.",
    source: docs("concepts/storage/persistent-volumes/#expanding-persistent-volumes-claims"),
    when: ({ before, after }) => (quantity(after) ?? 0) < (quantity(before) ?? 0),
  },
  {
    name: "immutable-content",
    kinds: ["ConfigMap", "Secret"],
    fields: ["data.**", "binaryData.**", "stringData.**"],
    server: "refuses",
    pulumi: "replaces",
    because: "It is marked immutable; a new name, as with a hash of the content, needs no replacement.",
    source: docs("concepts/configuration/configmap/#configmap-immutable"),
    when: ({ subject }) => subject.before?.["immutable"] === true && sameName(subject),
  },
  {
    name: "immutable-mark",
    kinds: ["ConfigMap", "Secret"],
    fields: ["immutable"],
    server: "refuses",
    pulumi: "fails",
    because: "The mark can be set and never taken back.",
    source: docs("concepts/configuration/configmap/#configmap-immutable"),
    when: ({ subject }) => subject.before?.["immutable"] === true && sameName(subject),
  },
  {
    name: "secret-type",
    kinds: ["Secret"],
    fields: ["type"],
    server: "refuses",
    pulumi: "replaces",
    because: "Pods that start while it is away wait for it.",
    source: validation("core"),
  },
  {
    name: "role-ref",
    kinds: ["ClusterRoleBinding", "RoleBinding"],
    fields: ["roleRef.**"],
    server: "refuses",
    pulumi: "replaces",
    because: "Its subjects are without rights for a moment.",
    source: docs("reference/access-authn-authz/rbac/#clusterrolebinding-example"),
  },
  {
    name: "priority-class",
    kinds: ["PriorityClass"],
    fields: ["value", "preemptionPolicy"],
    server: "refuses",
    pulumi: "fails",
    because: "Pods carry the value that they were created with.",
    source: validation("scheduling"),
  },
  {
    name: "storage-class",
    kinds: ["StorageClass"],
    fields: ["provisioner", "parameters.**"],
    server: "refuses",
    pulumi: "replaces",
    because: "Volumes that are there keep what they were made with.",
    source: validation("storage"),
  },
  {
    name: "storage-class-policy",
    kinds: ["StorageClass"],
    fields: ["reclaimPolicy", "volumeBindingMode"],
    server: "refuses",
    pulumi: "fails",
    because: "Volumes that are there keep what they were made with.",
    source: validation("storage"),
  },
  {
    name: "volume-source",
    kinds: ["PersistentVolume"],
    fields: ["spec.csi.**", "spec.hostPath.**", "spec.local.**", "spec.nfs.**"],
    server: "refuses",
    pulumi: "replaces",
    because: "The volume is what is stored there.",
    source: validation("core"),
  },
  {
    name: "quota-scopes",
    kinds: ["ResourceQuota"],
    fields: ["spec.scopes.**"],
    server: "refuses",
    pulumi: "replaces",
    because: "For a moment nothing limits the namespace.",
    source: validation("core"),
  },
  {
    name: "ingress-class",
    kinds: ["IngressClass"],
    fields: ["spec.controller"],
    server: "refuses",
    pulumi: "fails",
    because: "The controller of a class never changes.",
    source: validation("networking"),
  },
  {
    name: "definition-scope",
    kinds: ["CustomResourceDefinition"],
    fields: ["spec.scope", "spec.group", "spec.names.plural"],
    server: "refuses",
    pulumi: "fails",
    because: "It is another kind; deleting this one deletes every object of it.",
    source: docs("tasks/extend-kubernetes/custom-resources/custom-resource-definitions/"),
  },
];

/** A Service that is or was a name for something outside may change everything. */
function externalName({ subject: { before, after } }: Field): boolean {
  return [before, after].some((object) => at(object, "spec.type") === "ExternalName");
}

function sameName({ before, after }: Field["subject"]): boolean {
  return before?.metadata.name === after?.metadata.name;
}

/** Where and how a suspended Job will run may still be said. */
function isSchedulingOfSuspended(shape: string, job: unknown): boolean {
  return (
    at(job, "spec.suspend") === true &&
    /^spec\.template\.(metadata\.(labels|annotations)|spec\.(nodeSelector|tolerations|affinity\.nodeAffinity|schedulingGates))/.test(
      shape,
    )
  );
}

function isIndexedCompletions(shape: string, job: unknown): boolean {
  return shape === "spec.completions" && isRecord(job) && at(job, "spec.completionMode") === "Indexed";
}
