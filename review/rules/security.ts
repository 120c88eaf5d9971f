import type { PlainObject } from "../change.ts";
import { at, lastKey, scalarText } from "../compare.ts";
import { allowsNothing, newlyAllowed, selectsOthers } from "../network.ts";
import type { Aspect } from "../pod-security.ts";
import { aspects, weakened } from "../pod-security.ts";
import type { ObjectRule, Rule } from "../risk.ts";
import { newRights } from "../rights.ts";
import { quantity } from "../values.ts";
import { docs } from "./sources.ts";

/** What each aspect of a pod's security means when it weakens. */
const podReasons: Readonly<Record<keyof typeof aspects, string>> = {
  privileged: "A privileged container can do almost all that the node's root can",
  "privilege-escalation": "A process may gain more rights than its parent",
  "capabilities-added": "More of root's rights",
  "capabilities-kept": "Capabilities are no longer dropped",
  root: "The container may run as root",
  "writable-root": "The container's file system can be written to, and so can its program",
  seccomp: "System calls are no longer filtered",
  "proc-mount": "All of /proc is visible",
  "host-port": "Listens on the node's own address",
  "host-namespaces": "Shares network, processes or memory with the node",
  "host-path": "Reads or writes files of the node",
};

const podRules: readonly ObjectRule[] = (Object.entries(aspects) as [keyof typeof aspects, Aspect][]).map(
  ([name, aspect]) => ({
    id: `security-weakening/${name}`,
    operations: ["create", "update"],
    when: ({ before, after }) => weakened(aspect, before, after).length > 0,
    reason: ({ before, after }) => `${podReasons[name]}: ${weakened(aspect, before, after).join(", ")}.`,
    source: docs("concepts/security/pod-security-standards/"),
  }),
);

const levels = ["restricted", "baseline", "privileged"];

export const securityRules: readonly Rule[] = [
  ...podRules,
  {
    id: "security-weakening/pod-security-label",
    kinds: ["Namespace"],
    fields: ["metadata.labels.**"],
    when: ({ path, before, after }) =>
      path.length === 3 &&
      typeof path[2] === "string" &&
      /^pod-security\.kubernetes\.io\/(enforce|audit|warn)$/.test(path[2]) &&
      levels.indexOf(scalarText(after ?? "privileged")) > levels.indexOf(scalarText(before ?? "privileged")),
    reason: ({ before, after }) =>
      `The namespace admits pods that ${String(before)} forbids: it is ${scalarText(after ?? "privileged")} now.`,
    source: docs("concepts/security/pod-security-admission/"),
  },
  {
    id: "security-weakening/token-mounted",
    fields: ["automountServiceAccountToken", "{pod}.automountServiceAccountToken"],
    when: ({ before, after }) => before === false && after !== false,
    reason: "Pods get a token for the API server, and with it the rights of their account.",
    source: docs("tasks/configure-pod-container/configure-service-account/#opt-out-of-api-credential-automounting"),
  },
  {
    id: "security-weakening/secret-in-plain-text",
    fields: ["{pod}.containers[].env[].valueFrom", "{pod}.initContainers[].env[].valueFrom"],
    when: ({ before, after }) => at(before, "secretKeyRef") !== undefined && at(after, "secretKeyRef") === undefined,
    reason: "The variable was read from a Secret and no longer is: everybody who may see the pod sees its value.",
    source: docs("concepts/security/secrets-good-practices/"),
  },
  {
    id: "security-weakening/secret-in-environment",
    fields: ["{pod}.containers[].envFrom", "{pod}.initContainers[].envFrom"],
    when: ({ before, after }) => wholeSecrets(after).some((name) => !wholeSecrets(before).includes(name)),
    reason:
      "All keys of a Secret become variables, also those that are added later; child processes and crash reports see them.",
    source: docs("concepts/security/secrets-good-practices/"),
  },
  {
    id: "security-weakening/image-unpinned",
    fields: ["{pod}.containers[].image", "{pod}.initContainers[].image"],
    when: ({ before, after }) => String(before).includes("@sha256:") && !String(after).includes("@sha256:"),
    reason: "A tag can be moved to other content; a digest cannot.",
    source: docs("concepts/containers/images/#image-names"),
  },
  {
    id: "security-weakening/image-registry",
    fields: ["{pod}.containers[].image", "{pod}.initContainers[].image"],
    when: ({ before, after }) => before !== undefined && after !== undefined && registry(before) !== registry(after),
    reason: ({ before, after }) => `The image comes from ${registry(after)} and no longer from ${registry(before)}.`,
    source: docs("concepts/containers/images/#image-names"),
  },
  {
    id: "security-weakening/network-policy-widened",
    kinds: ["NetworkPolicy"],
    operations: ["update"],
    covers: ["spec.**"],
    when: ({ before, after }) =>
      before !== undefined &&
      after !== undefined &&
      (newlyAllowed(before, after).length > 0 || selectsOthers(before, after)),
    reason: ({ before, after }) =>
      before === undefined || after === undefined || newlyAllowed(before, after).length === 0
        ? "It is about other pods than before: those that it selects now may what it allows."
        : `Newly allowed: ${newlyAllowed(before, after).join("; ")}.`,
    source: docs("concepts/services-networking/network-policies/"),
  },
  {
    id: "security-weakening/network-policy-added",
    kinds: ["NetworkPolicy"],
    operations: ["create"],
    when: ({ after, world }) =>
      after !== undefined &&
      !allowsNothing(after) &&
      world.before.pods(after.metadata.namespace, at(after, "spec.podSelector") ?? {}).length > 0,
    reason: "Policies add up: pods that were there before may what this one allows.",
    source: docs("concepts/services-networking/network-policies/#the-two-sorts-of-pod-isolation"),
  },
  {
    id: "security-weakening/isolation-removed",
    kinds: ["NetworkPolicy"],
    operations: ["delete"],
    when: ({ before }) => before !== undefined && allowsNothing(before),
    reason: "Nothing denies what no policy allows any more.",
    source: docs("concepts/services-networking/network-policies/#default-policies"),
  },
  {
    id: "security-weakening/rights-added",
    kinds: ["ClusterRole", "Role"],
    operations: ["update"],
    covers: ["rules.**"],
    when: ({ before, after }) => before !== undefined && after !== undefined && newRights(before, after).length > 0,
    reason: ({ before, after }) =>
      before === undefined || after === undefined
        ? ""
        : `Whoever is bound to it may now: ${newRights(before, after).join("; ")}.`,
    source: docs("concepts/security/rbac-good-practices/"),
  },
  {
    id: "security-weakening/binding-added",
    kinds: ["ClusterRoleBinding", "RoleBinding"],
    operations: ["create"],
    reason: ({ after }) =>
      `Its subjects get the rights of ${String(at(after, "roleRef.kind"))} ${String(at(after, "roleRef.name"))}.`,
    source: docs("concepts/security/rbac-good-practices/"),
  },
  {
    id: "security-weakening/subject-added",
    kinds: ["ClusterRoleBinding", "RoleBinding"],
    fields: ["subjects[]", "subjects", "subjects[].**"],
    when: ({ change }) => change.op !== "remove",
    reason: ({ subject: { after } }) =>
      `Another subject gets the rights of ${String(at(after, "roleRef.kind"))} ${String(at(after, "roleRef.name"))}.`,
    source: docs("concepts/security/rbac-good-practices/"),
  },
  {
    id: "security-weakening/service-exposed",
    kinds: ["Service"],
    operations: ["create", "update"],
    when: ({ before, after }) => exposure(after) > exposure(before),
    reason: ({ after }) =>
      `It is reachable from outside the cluster: ${scalarText(at(after, "spec.type") ?? "by external addresses")}.`,
    source: docs("concepts/services-networking/service/#publishing-services-service-types"),
  },
  {
    id: "security-weakening/source-ranges",
    kinds: ["Service"],
    fields: ["spec.loadBalancerSourceRanges", "spec.loadBalancerSourceRanges[]"],
    when: ({ change, path }) => (typeof path.at(-1) === "string" ? change.op === "remove" : change.op === "add"),
    reason: "More addresses may reach the load balancer; without a list, all may.",
    source: docs("reference/kubernetes-api/service-resources/service-v1/#ServiceSpec"),
  },
  {
    id: "security-weakening/exposure-quota",
    kinds: ["ResourceQuota"],
    fields: ["spec.hard.**"],
    when: ({ path, before, after }) =>
      ["services.nodeports", "services.loadbalancers"].includes(lastKey(path) ?? "") &&
      (after === undefined || (quantity(after) ?? 0) > (quantity(before) ?? Number.POSITIVE_INFINITY)),
    reason: "More Services of the namespace may be reachable from outside.",
    source: docs("concepts/policy/resource-quotas/#quota-on-object-count"),
  },
  {
    id: "security-weakening/admission-removed",
    kinds: ["ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "ValidatingWebhookConfiguration"],
    operations: ["delete"],
    reason: "What it refused is admitted.",
    source: docs("reference/access-authn-authz/validating-admission-policy/"),
  },
  {
    id: "security-weakening/admission-weakened",
    kinds: ["ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "ValidatingWebhookConfiguration"],
    fields: ["**"],
    when: ({ shape }) => !shape.startsWith("metadata."),
    reason: "It may refuse less than before: read what it says now.",
    source: docs("reference/access-authn-authz/validating-admission-policy/"),
  },
  {
    id: "security-weakening/plugin-removed",
    fields: ["metadata.annotations.**"],
    when: ({ path, before, after }) =>
      path.at(-1) === "konghq.com/plugins" && plugins(before).some((plugin) => !plugins(after).includes(plugin)),
    reason: ({ before, after }) =>
      `The gateway no longer applies ${plugins(before)
        .filter((plugin) => !plugins(after).includes(plugin))
        .join(", ")} to its requests.`,
    source: "https://developer.konghq.com/kubernetes-ingress-controller/reference/annotations/",
  },
  {
    id: "security-weakening/tls-removed",
    kinds: ["Gateway", "Ingress"],
    fields: ["spec.tls", "spec.tls[]", "spec.listeners[].tls", "spec.listeners[].protocol"],
    when: ({ change, after }) => change.op === "remove" || ["HTTP", "TCP"].includes(String(after)),
    reason: "Requests come in unencrypted.",
    source: docs("concepts/services-networking/ingress/#tls"),
  },
];

function wholeSecrets(value: unknown): string[] {
  return Array.isArray(value)
    ? value.filter((each) => at(each, "secretRef") !== undefined).map((each) => String(at(each, "secretRef.name")))
    : [];
}

/** `docker.io` for what names none: the first part is a registry when it looks like a host. */
function registry(image: unknown): string {
  const [first = "", ...rest] = String(image).split("/");
  return rest.length > 0 && /[.:]|^localhost$/.test(first) ? first : "docker.io";
}

function exposure(service: PlainObject | undefined): number {
  const external = at(service, "spec.externalIPs");
  const addresses = Array.isArray(external) ? external.length : 0;
  return addresses + (["NodePort", "LoadBalancer"].includes(String(at(service, "spec.type"))) ? 1 : 0);
}

function plugins(value: unknown): string[] {
  return typeof value === "string" ? value.split(",").map((name) => name.trim()) : [];
}
