import { at, scalarText } from "../compare.ts";
import { allowsNothing, newlyAllowed, selectsOthers } from "../network.ts";
import type { Rule, Subject } from "../risk.ts";
import { groupOf } from "../pair.ts";
import { newRights } from "../rights.ts";
import { quantity } from "../values.ts";
import { docs } from "./sources.ts";
import { isSecondTrack } from "./tracks.ts";

const routes = ["Gateway", "GRPCRoute", "HTTPRoute", "Ingress", "TCPRoute", "TLSRoute"];

/** API groups of Kubernetes itself. */
const builtIn =
  /^(|apps|autoscaling|batch|policy|(admissionregistration|apiextensions|apiregistration|authentication|authorization|certificates|coordination|discovery|events|flowcontrol\.apiserver|networking|node|rbac\.authorization|resource|scheduling|storage)\.k8s\.io)$/;

/** Kinds of operators and gateways of which other rules say what their deletion does. */
const deletionsKnown = new Set([
  ...routes,
  ...["Certificate", "Cluster", "Elasticsearch", "KongClusterPlugin", "KongPlugin", "PublishedFile", "ScheduledBackup"],
]);

/** What stops requests, or what something relies on, for a while or for good. */
export const trafficRules: readonly Rule[] = [
  {
    id: "traffic-interruption/service-deleted",
    kinds: ["Service"],
    operations: ["delete"],
    when: ({ object }) => !isSecondTrack(object),
    reason: "Its name no longer resolves, and its address is free for another.",
    source: docs("concepts/services-networking/service/"),
  },
  {
    id: "traffic-interruption/service-selector",
    kinds: ["Service"],
    fields: ["spec.selector.**"],
    reason: ({ subject: { after, world } }) => {
      const ready = world.after.pods(after?.metadata.namespace, { matchLabels: at(after, "spec.selector") });
      return ready.length === 0
        ? "No pods match the new selector: the Service leads nowhere."
        : "Traffic moves at once to the pods that match now, whether they are ready or not there yet.";
    },
    source: docs("concepts/services-networking/service/#defining-a-service"),
  },
  {
    id: "traffic-interruption/service-port",
    kinds: ["Service"],
    fields: ["spec.ports[]", "spec.ports", "spec.ports[].port", "spec.ports[].protocol"],
    when: ({ change }) => change.op !== "add",
    reason: "Clients that use the port that goes are refused.",
    source: docs("concepts/services-networking/service/#defining-a-service"),
  },
  {
    id: "traffic-interruption/service-target-port",
    kinds: ["Service"],
    fields: ["spec.ports[].targetPort"],
    when: ({ after, subject }) => typeof after !== "string" || !portOfPods(subject, after),
    reason:
      "Pods that do not listen there yet, or never will, refuse connections. A name that both old and new pods have would not.",
    source: docs("concepts/services-networking/service/#field-spec-ports"),
  },
  {
    id: "traffic-interruption/service-type",
    kinds: ["Service"],
    fields: ["spec.type"],
    when: ({ before, after }) => reach(after) < reach(before) || [before, after].includes("ExternalName"),
    reason: ({ before, after }) =>
      `Clients that reach it as ${scalarText(before ?? "ClusterIP")} do not as ${scalarText(after ?? "ClusterIP")}.`,
    source: docs("concepts/services-networking/service/#publishing-services-service-types"),
  },
  {
    id: "traffic-interruption/service-external-name",
    kinds: ["Service"],
    fields: ["spec.externalName"],
    reason: "Its name resolves to another host.",
    source: docs("concepts/services-networking/service/#externalname"),
  },
  {
    id: "traffic-interruption/service-traffic-policy",
    kinds: ["Service"],
    fields: ["spec.externalTrafficPolicy", "spec.internalTrafficPolicy"],
    when: ({ after }) => after === "Local",
    reason: "Traffic that arrives at a node without one of its pods is dropped.",
    source: docs("reference/networking/virtual-ips/#internal-traffic-policy"),
  },
  {
    id: "traffic-interruption/route-deleted",
    kinds: routes,
    operations: ["delete"],
    reason: "What it routed is no longer reachable from outside.",
    source: docs("concepts/services-networking/ingress/"),
  },
  {
    id: "traffic-interruption/route-changed",
    kinds: routes,
    fields: [
      ...["spec.rules[]", "spec.rules[].host", "spec.rules[].http.paths[]", "spec.rules[].http.paths[].path"],
      ...[
        "spec.rules[].http.paths[].pathType",
        "spec.rules[].matches.**",
        "spec.hostnames[]",
        "spec.hostnames",
        "spec.parentRefs[]",
      ],
      ...[
        "spec.listeners[]",
        "spec.listeners[].port",
        "spec.listeners[].hostname",
        "spec.ingressClassName",
        "spec.gatewayClassName",
      ],
    ],
    when: ({ change }) => change.op !== "add",
    reason: "Requests to a host, path or port that goes are no longer answered.",
    source: "https://gateway-api.sigs.k8s.io/reference/spec/",
  },
  {
    id: "traffic-interruption/certificate-deleted",
    kinds: ["Certificate"],
    operations: ["delete"],
    reason: "It is no longer renewed: the hosts that it is for cannot be served once it has expired.",
    source: "https://cert-manager.io/docs/usage/certificate/",
  },
  {
    id: "traffic-interruption/network-policy-narrowed",
    kinds: ["NetworkPolicy"],
    operations: ["update"],
    covers: ["spec.**"],
    when: ({ before, after }) =>
      before !== undefined &&
      after !== undefined &&
      (newlyAllowed(after, before).length > 0 || selectsOthers(before, after)),
    reason: ({ before, after }) =>
      before === undefined || after === undefined || newlyAllowed(after, before).length === 0
        ? "It is about other pods than before: those that it no longer selects lose what it allowed."
        : `No longer allowed: ${newlyAllowed(after, before).join("; ")}.`,
    source: docs("concepts/services-networking/network-policies/"),
  },
  {
    id: "traffic-interruption/network-policy-deleted",
    kinds: ["NetworkPolicy"],
    operations: ["delete"],
    when: (subject) =>
      subject.before !== undefined && !allowsNothing(subject.before) && podsStay(subject, "spec.podSelector"),
    reason: "What it allowed is refused where the namespace denies the rest, as ours do.",
    source: docs("concepts/services-networking/network-policies/#default-policies"),
  },
  {
    id: "traffic-interruption/isolated",
    kinds: ["NetworkPolicy"],
    operations: ["create"],
    when: ({ after }) => after !== undefined && allowsNothing(after),
    reason: "Every connection of the pods that it selects is refused unless another policy allows it.",
    source: docs("concepts/services-networking/network-policies/#default-policies"),
  },
  {
    id: "traffic-interruption/disruption-budget-deleted",
    kinds: ["PodDisruptionBudget"],
    operations: ["delete"],
    when: (subject) => podsStay(subject, "spec.selector"),
    reason: "A drain of nodes may now stop all of its pods at the same time.",
    source: docs("concepts/workloads/pods/disruptions/"),
  },
  {
    id: "traffic-interruption/disruption-budget-loosened",
    kinds: ["PodDisruptionBudget"],
    fields: ["spec.maxUnavailable", "spec.minAvailable"],
    when: ({ subject: { after } }) => {
      const [most, least] = [at(after, "spec.maxUnavailable"), at(after, "spec.minAvailable")];
      return most === "100%" || least === 0 || least === "0%";
    },
    reason: "A drain of nodes may now stop all of its pods at the same time.",
    source: docs("tasks/run-application/configure-pdb/"),
  },
  {
    id: "traffic-interruption/quota-lowered",
    kinds: ["ResourceQuota"],
    fields: ["spec.hard.**"],
    when: ({ before, after }) =>
      after !== undefined && (before === undefined || (quantity(after) ?? 0) < (quantity(before) ?? 0)),
    reason:
      "Running pods stay, but where the new limit is reached none can be added: not for a rollout, nor for one that has failed.",
    source: docs("concepts/policy/resource-quotas/"),
  },
  {
    id: "traffic-interruption/rights-removed",
    kinds: ["ClusterRole", "Role"],
    operations: ["update"],
    covers: ["rules.**"],
    when: ({ before, after }) => before !== undefined && after !== undefined && newRights(after, before).length > 0,
    reason: ({ before, after }) =>
      before === undefined || after === undefined
        ? ""
        : `Whoever is bound to it may no longer: ${newRights(after, before).join("; ")}.`,
    source: docs("reference/access-authn-authz/rbac/"),
  },
  {
    id: "traffic-interruption/binding-removed",
    kinds: ["ClusterRoleBinding", "RoleBinding"],
    operations: ["delete"],
    reason: "Its subjects lose the rights of the role.",
    source: docs("reference/access-authn-authz/rbac/"),
  },
  {
    id: "traffic-interruption/subject-removed",
    kinds: ["ClusterRoleBinding", "RoleBinding"],
    fields: ["subjects[]", "subjects", "subjects[].**"],
    when: ({ change }) => change.op !== "add",
    reason: "A subject loses the rights of the role.",
    source: docs("reference/access-authn-authz/rbac/"),
  },
  {
    id: "traffic-interruption/unknown-kind-deleted",
    operations: ["delete"],
    when: ({ object, kind }) => !builtIn.test(groupOf(object.apiVersion)) && !deletionsKnown.has(kind),
    reason: "A custom resource: its controller removes what it stands for. Look up what that is.",
    source: docs("concepts/extend-kubernetes/api-extension/custom-resources/"),
  },
];

const reaches = ["ExternalName", "ClusterIP", "NodePort", "LoadBalancer"];

function reach(type: unknown): number {
  return reaches.indexOf(typeof type === "string" ? type : "ClusterIP");
}

/** Whether pods that a Service selects have a port of that name, before and after. */
function portOfPods({ before, after, world }: Subject, name: string): boolean {
  const sides = [
    [world.before, before],
    [world.after, after],
  ] as const;
  return sides.every(([side, service]) => {
    const pods = side.pods(service?.metadata.namespace, { matchLabels: at(service, "spec.selector") });
    return (
      pods.length > 0 &&
      pods.every(({ spec }) => spec.containers.some(({ ports }) => ports?.some((port) => port.name === name)))
    );
  });
}

/** Whether pods that the object was about are there before and after. */
function podsStay({ before, world }: Subject, selector: string): boolean {
  const namespace = before?.metadata.namespace;
  const wanted = at(before, selector) ?? {};
  return world.before.pods(namespace, wanted).some(({ workload }) => {
    const { kind, metadata } = workload;
    return world.after.find(kind, metadata.namespace, metadata.name) !== undefined;
  });
}
