import type { CorpusPair } from "./pair.ts";
import { edit, edited } from "./pair.ts";
import {
  claim,
  configMap,
  daemonSet,
  definition,
  deployment,
  headless,
  immutableConfigMap,
  ingressClass,
  job,
  priorityClass,
  roleBinding,
  scopedQuota,
  secret,
  service,
  statefulSet,
  storageClass,
  volume,
} from "./objects.ts";
import { image } from "./parts.ts";

const other = { app: "other" };
const immutableSecret = edited(secret, ["immutable", true], ["metadata.name", "frozen"]);

export const replacement: readonly CorpusPair[] = [
  edit(
    "a Deployment selects other pods",
    "replacement/workload-selector",
    deployment,
    ["spec.selector.matchLabels", other],
    ["spec.template.metadata.labels", other],
  ),
  edit(
    "a DaemonSet selects other pods",
    "replacement/workload-selector",
    daemonSet,
    ["spec.selector.matchLabels", other],
    ["spec.template.metadata.labels", other],
  ),
  edit(
    "a StatefulSet selects other pods",
    "replacement/stateful-set",
    statefulSet,
    ["spec.selector.matchLabels", other],
    ["spec.template.metadata.labels", other],
  ),
  edit("a StatefulSet gets another Service", "replacement/stateful-set", statefulSet, ["spec.serviceName", "other"]),
  edit("a StatefulSet starts its pods side by side", "replacement/stateful-set", statefulSet, [
    "spec.podManagementPolicy",
    "Parallel",
  ]),
  edit("claims of a StatefulSet grow", "replacement/stateful-set-claims", statefulSet, [
    "spec.volumeClaimTemplates.0.spec.resources.requests.storage",
    "20Gi",
  ]),
  edit("claims of a StatefulSet get another class", "replacement/stateful-set-claims", statefulSet, [
    "spec.volumeClaimTemplates.0.spec.storageClassName",
    "slow",
  ]),
  edit("a StatefulSet keeps a shorter history", "replacement/stateful-set-history", statefulSet, [
    "spec.revisionHistoryLimit",
    3,
  ]),
  edit("a Job runs another image", "replacement/job", job, [
    "spec.template.spec.containers.0.image",
    image.replaceAll("1", "2"),
  ]),
  edit("a Job is to complete more often", "replacement/job", job, ["spec.completions", 2]),
  edit("a Job counts its completions", "replacement/job-control", job, ["spec.completionMode", "Indexed"]),
  edit("a Job runs several pods", "replacement/job-parallelism", job, ["spec.parallelism", 2]),
  edit("a headless Service gets an address", "replacement/service-headless", headless, ["spec.clusterIP", undefined]),
  edit("a Service becomes headless", "replacement/service-cluster-ip", service, ["spec.clusterIP", "None"]),
  edit(
    "a Service of another address family",
    "replacement/service-address-family",
    edited(service, ["spec.ipFamilies", ["IPv4"]]),
    ["spec.ipFamilies", ["IPv6"]],
  ),
  edit("a claim becomes a block device", "replacement/claim-source", claim, ["spec.volumeMode", "Block"]),
  edit("a claim shrinks", "replacement/claim-shrunk", claim, ["spec.resources.requests.storage", "5Gi"]),
  edit("an immutable ConfigMap changes", "replacement/immutable-content", immutableConfigMap, [
    "data.config\\.yaml",
    "level: debug\n",
  ]),
  edit("an immutable Secret changes", "replacement/immutable-content", immutableSecret, [
    "stringData.password",
    "<generated web: 40 letters-and-digits>",
  ]),
  edit("a ConfigMap is no longer immutable", "replacement/immutable-mark", immutableConfigMap, ["immutable", false]),
  edit("a Secret gets another type", "replacement/secret-type", secret, ["type", "example.com/web"]),
  edit("a binding is to another role", "replacement/role-ref", roleBinding, ["roleRef.name", "writer"]),
  edit("a priority is raised", "replacement/priority-class", priorityClass, ["value", 2000]),
  edit("a priority may preempt", "replacement/priority-class", priorityClass, [
    "preemptionPolicy",
    "PreemptLowerPriority",
  ]),
  edit("a storage class has another provisioner", "replacement/storage-class", storageClass, [
    "provisioner",
    "other.example",
  ]),
  edit("a storage class has other parameters", "replacement/storage-class", storageClass, ["parameters.type", "hdd"]),
  edit("a storage class reclaims", "replacement/storage-class-policy", storageClass, ["reclaimPolicy", "Delete"]),
  edit("a storage class binds at once", "replacement/storage-class-policy", storageClass, [
    "volumeBindingMode",
    "Immediate",
  ]),
  edit("a volume is somewhere else", "replacement/volume-source", volume, ["spec.nfs.path", "/b"]),
  edit("a quota counts other pods", "replacement/quota-scopes", scopedQuota, ["spec.scopes", ["Terminating"]]),
  edit("an ingress class has another controller", "replacement/ingress-class", ingressClass, [
    "spec.controller",
    "other.example/controller",
  ]),
  edit("a definition becomes cluster-scoped", "replacement/definition-scope", definition, ["spec.scope", "Cluster"]),
  {
    name: "an object is renamed",
    rule: "replacement/renamed",
    before: [configMap],
    after: [edited(configMap, ["metadata.name", "web-settings"])],
  },
  edit(
    "an object moves to another version of its API",
    "replacement/api-version",
    { ...deployment, apiVersion: "apps/v1beta2" },
    ["apiVersion", "apps/v1"],
  ),
];
