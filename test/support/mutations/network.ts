/* eslint-disable @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-assignment, @typescript-eslint/no-unsafe-call,
   @typescript-eslint/no-unsafe-return, @typescript-eslint/no-dynamic-delete --
   These changes make objects that the types forbid. */
import type { ObjectOf } from "../../../kubernetes/manifest.ts";
import type { Mutation } from "./mutation.ts";
import { object } from "./mutation.ts";

const rules = (direction: "egress" | "ingress") => (policy: ObjectOf<"NetworkPolicy">) =>
  (policy.spec?.[direction] ?? []).length > 0;

/** Ways that are opened. */
export const networkMutations: readonly Mutation[] = [
  object("NetworkPolicy", "network: of others", (each) => (each.spec.podSelector = { matchLabels: { app: "nobody" } })),
  ...(["Ingress", "Egress"] as const).map((type) =>
    object(
      "NetworkPolicy",
      `network: no longer about ${type}`,
      (each) => (each.spec.policyTypes = each.spec.policyTypes.filter((one: string) => one !== type)),
      ({ spec }) => (spec?.policyTypes ?? []).length === 2,
    ),
  ),
  ...(["ingress", "egress"] as const).flatMap((direction) => {
    const peers = direction === "ingress" ? "from" : "to";
    const add = (name: string, rule: object): Mutation =>
      object("NetworkPolicy", `network: ${direction} ${name}`, (each) => (each.spec[direction] ??= []).push(rule));
    const ports = [{ port: 443, protocol: "TCP" }];
    return [
      add("open to all", {}),
      add("of every pod", { [peers]: [{ podSelector: {} }], ports }),
      add("of every namespace", {
        [peers]: [{ namespaceSelector: {}, podSelector: { matchLabels: { app: "kong" } } }],
        ports,
      }),
      add("of whole namespaces", { [peers]: [{ namespaceSelector: { matchLabels: { team: "x" } } }], ports }),
      add("of every address", { [peers]: [{ ipBlock: { cidr: "0.0.0.0/0" } }], ports }),
      add("of the internet", { [peers]: [{ ipBlock: { cidr: "0.0.0.0/0", except: ["10.0.0.0/8"] } }], ports }),
      object(
        "NetworkPolicy",
        `network: ${direction} on every port`,
        (each) => delete each.spec[direction][0].ports,
        rules(direction),
      ),
      object(
        "NetworkPolicy",
        `network: ${direction} of anybody`,
        (each) => delete each.spec[direction][0][peers],
        rules(direction),
      ),
    ];
  }),
  object("Service", "service: node port", (each) => (each.spec.type = "NodePort")),
  object(
    "Service",
    "service: load balancer",
    (each) => (each.spec.type = "LoadBalancer"),
    ({ spec }) => spec?.type !== "LoadBalancer",
  ),
  object("Service", "service: external address", (each) => (each.spec.externalIPs = ["203.0.113.7"])),
];
