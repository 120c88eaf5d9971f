import { podTemplates } from "./lists.ts";
import type { Field, FieldRule, ObjectRule, Rule, Subject } from "./risk.ts";
import { dataLossRules } from "./rules/data-loss.ts";
import { gatewayRules } from "./rules/gateway.ts";
import { immutableRules } from "./rules/immutable.ts";
import { moveRules } from "./rules/moves.ts";
import { restartRules } from "./rules/restart.ts";
import { created, deleted, inPlace, podTemplate, safeRules, unknownKind } from "./rules/safe.ts";
import { securityRules } from "./rules/security.ts";
import { trackRules } from "./rules/tracks.ts";
import { trafficRules } from "./rules/traffic.ts";
import { workloadTrafficRules } from "./rules/workload-traffic.ts";

/** Every rule about what a change can do. */
export const rules: readonly Rule[] = [
  ...dataLossRules,
  ...immutableRules,
  ...moveRules,
  ...trafficRules,
  ...workloadTrafficRules,
  ...trackRules,
  ...gatewayRules,
  ...securityRules,
  ...restartRules,
  ...safeRules,
];

/** Those that speak when no other does. */
export const fallbacks: readonly Rule[] = [created, deleted, inPlace, podTemplate, unknownKind];

/** Kinds of which the rules know every field that matters: of theirs, what no rule is about is safe. */
const knownKinds = new Set([
  ...[
    "ClusterRole",
    "ClusterRoleBinding",
    "ConfigMap",
    "CronJob",
    "DaemonSet",
    "Deployment",
    "HorizontalPodAutoscaler",
  ],
  ...["Ingress", "IngressClass", "Job", "LimitRange", "Namespace", "NetworkPolicy", "PersistentVolume"],
  ...[
    "PersistentVolumeClaim",
    "PodDisruptionBudget",
    "PriorityClass",
    "ResourceQuota",
    "Role",
    "RoleBinding",
    "Secret",
  ],
  ...["Service", "ServiceAccount", "StatefulSet", "StorageClass"],
  ...["Certificate", "CustomResourceDefinition", "Gateway", "GatewayClass", "GRPCRoute", "HTTPRoute", "Issuer"],
  ...["KongConsumer", "KongPlugin", "KongUpstreamPolicy"],
]);

const rolledOut = new Set(["DaemonSet", "Deployment", "StatefulSet"]);

/** The rule for what no other has anything to say about, so that every change has one. */
export function fallback(about: Field): FieldRule;
export function fallback(about: Subject): ObjectRule;
export function fallback(about: Field | Subject): Rule {
  if ("operation" in about) return about.operation === "create" ? created : deleted;
  const { subject, shape } = about;
  const template = podTemplates[subject.kind];
  if (template !== undefined && rolledOut.has(subject.kind) && `${shape}.`.startsWith(`${template}.`))
    return podTemplate;
  return knownKinds.has(subject.kind) || shape.startsWith("metadata.") ? inPlace : unknownKind;
}
