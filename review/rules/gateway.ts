import { at } from "../compare.ts";
import type { Field, Rule } from "../risk.ts";

const routes = ["GRPCRoute", "HTTPRoute"];
const plugins = ["KongClusterPlugin", "KongPlugin"];
const kong = "https://developer.konghq.com/kubernetes-ingress-controller/reference/custom-resources/";
const gatewayApi = "https://gateway-api.sigs.k8s.io/reference/spec/";

/** Routes, and the plugins that stand between the gateway and its requests. */
export const gatewayRules: readonly Rule[] = [
  {
    id: "traffic-interruption/backend-missing",
    kinds: routes,
    fields: ["spec.rules[].backendRefs.**"],
    when: (field) => missingBackends(field).length > 0,
    reason: (field) => `Requests are sent to what is not there: ${missingBackends(field).join(", ")}.`,
    source: gatewayApi,
  },
  {
    id: "safe/traffic-shifted",
    kinds: routes,
    fields: ["spec.rules[].backendRefs.**"],
    when: (field) => missingBackends(field).length === 0,
    reason: "New requests are shared out as it says now; those under way end where they are.",
    source: gatewayApi,
  },
  {
    id: "security-weakening/route-plugin-removed",
    kinds: routes,
    fields: ["spec.rules[].filters.**"],
    when: (field) => removedPlugins(field).length > 0,
    reason: (field) => `The gateway no longer applies ${removedPlugins(field).join(", ")} to these requests.`,
    source: kong,
  },
  {
    id: "security-weakening/plugin-changed",
    kinds: plugins,
    fields: ["config.**", "plugin", "disabled"],
    reason: "It may let through what it refused, or refuse what it let through: read what it says now.",
    source: kong,
  },
  {
    id: "security-weakening/plugin-deleted",
    kinds: plugins,
    operations: ["delete"],
    reason: "What it checked, limited or added is no longer, wherever it was used.",
    source: kong,
  },
  {
    id: "security-weakening/consumer-added",
    kinds: ["KongConsumer"],
    operations: ["create"],
    reason: "Whoever has its credentials may do what its groups may.",
    source: kong,
  },
  {
    id: "traffic-interruption/certificate-name",
    kinds: ["Certificate"],
    fields: ["spec.dnsNames", "spec.dnsNames[]", "spec.secretName", "spec.commonName"],
    when: ({ change }) => change.op !== "add",
    reason: "The next certificate is for other names, or in another Secret: clients of those before are refused.",
    source: "https://cert-manager.io/docs/usage/certificate/",
  },
];

/** Services that a rule of the route, as it will be, sends requests to and that are not there. */
function missingBackends({ subject: { after, world } }: Field): string[] {
  const rules = at(after, "spec.rules");
  const backends = (Array.isArray(rules) ? rules : []).flatMap((rule: unknown) => {
    const refs = at(rule, "backendRefs");
    return Array.isArray(refs) ? (refs as readonly unknown[]) : [];
  });
  const names = backends
    .filter((backend) => (at(backend, "kind") ?? "Service") === "Service" && at(backend, "namespace") === undefined)
    .map((backend) => String(at(backend, "name")));
  const namespace = after?.metadata.namespace;
  return [...new Set(names)].filter((name) => world.after.find("Service", namespace, name) === undefined);
}

function removedPlugins({ before, after }: Field): string[] {
  return filterPlugins(before).filter((name) => !filterPlugins(after).includes(name));
}

function filterPlugins(filters: unknown): string[] {
  return Array.isArray(filters)
    ? filters.flatMap((filter: unknown) => {
        const name = at(filter, "extensionRef.name");
        return typeof name === "string" ? [name] : [];
      })
    : [];
}
