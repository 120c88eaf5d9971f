import type { PlainObject } from "../../review/change.ts";
import type { CorpusPair } from "./pair.ts";
import { creation, edit, edited, removal } from "./pair.ts";
import { claim, configMap, role, service } from "./objects.ts";

const metadata = { name: "postgres", namespace: "corpus" };

const cluster: PlainObject = {
  apiVersion: "postgresql.cnpg.io/v1",
  kind: "Cluster",
  metadata,
  spec: { instances: 3, storage: { size: "20Gi" } },
};

const certificate: PlainObject = {
  apiVersion: "cert-manager.io/v1",
  kind: "Certificate",
  metadata,
  spec: { secretName: "web-tls", dnsNames: ["web.example"], duration: "2160h", issuerRef: { name: "ca" } },
};

const plugin: PlainObject = {
  apiVersion: "configuration.konghq.com/v1",
  kind: "KongPlugin",
  metadata,
  plugin: "rate-limiting",
  config: { minute: 5 },
};

const route: PlainObject = {
  apiVersion: "gateway.networking.k8s.io/v1",
  kind: "HTTPRoute",
  metadata: { ...metadata, annotations: { "konghq.com/plugins": "limits,login" } },
  spec: {
    parentRefs: [{ name: "edge" }],
    rules: [
      {
        matches: [{ path: { type: "PathPrefix", value: "/" } }],
        backendRefs: [{ name: "web", port: 80 }],
        filters: [
          {
            type: "ExtensionRef",
            extensionRef: { group: "configuration.konghq.com", kind: "KongPlugin", name: "limit" },
          },
        ],
      },
    ],
  },
};

const canary = edited(service, ["metadata.name", "canary"]);

const unknown: PlainObject = {
  apiVersion: "example.com/v1",
  kind: "Widget",
  metadata,
  spec: { size: 1 },
};

const release: PlainObject = {
  apiVersion: "pulumi.com/v1",
  kind: "HelmRelease",
  metadata,
  spec: { chart: "operator", version: "1.0.0", values: {} },
};

const published: PlainObject = {
  apiVersion: "pulumi.com/v1",
  kind: "PublishedFile",
  metadata: { name: "definitions" },
  spec: { url: "https://a.example" },
};

const admission: PlainObject = {
  apiVersion: "admissionregistration.k8s.io/v1",
  kind: "ValidatingAdmissionPolicy",
  metadata: { name: "dry-run-only" },
  spec: { validations: [{ expression: "request.dryRun", message: "Only dry runs." }] },
};

const limits: PlainObject = {
  apiVersion: "v1",
  kind: "LimitRange",
  metadata,
  spec: { limits: [{ type: "Container", default: { memory: "128Mi" } }] },
};

/** Kinds of operators and gateways, and what fits nowhere else. */
export const operators: readonly CorpusPair[] = [
  removal("a database goes", "data-loss/store-deleted", cluster),
  edit("a database gets more memory", "restart/operator", cluster, ["spec.resources.limits.memory", "4Gi"]),
  edit("a published file is of another version", "restart/published-file", published, [
    "spec.url",
    "https://b.example",
  ]),
  removal("a published file is no longer installed", "safe/published-file-left", published),
  edit("a chart is raised", "restart/chart", release, ["spec.version", "1.1.0"]),
  edit("a plugin allows more", "security-weakening/plugin-changed", plugin, ["config.minute", 50]),
  removal("a plugin goes", "security-weakening/plugin-deleted", plugin),
  creation("a consumer comes", "security-weakening/consumer-added", { ...plugin, kind: "KongConsumer" }),
  edit("a kind that nobody knows changes", "restart/unknown-kind", unknown, ["spec.size", 2]),
  removal("an object of a kind that nobody knows goes", "traffic-interruption/unknown-kind-deleted", unknown),
  {
    name: "half of the requests go to another Service",
    rule: "safe/traffic-shifted",
    before: [route, service, canary],
    after: [
      edited(
        route,
        ["spec.rules.0.backendRefs.0.weight", 50],
        ["spec.rules.0.backendRefs.1", { name: "canary", port: 80 }],
      ),
      service,
      canary,
    ],
  },
  {
    name: "requests go to a Service that is not there",
    rule: "traffic-interruption/backend-missing",
    before: [route, service],
    after: [edited(route, ["spec.rules.0.backendRefs.0.name", "nowhere"]), service],
  },
  edit("a route without its limit", "security-weakening/route-plugin-removed", route, [
    "spec.rules.0.filters",
    undefined,
  ]),
  edit("a certificate for other names", "traffic-interruption/certificate-name", certificate, [
    "spec.dnsNames",
    ["new.example"],
  ]),
  removal("a certificate goes", "traffic-interruption/certificate-deleted", certificate),
  edit("a route without one of its plugins", "security-weakening/plugin-removed", route, [
    "metadata.annotations.konghq\\.com/plugins",
    "limits",
  ]),
  edit("a route without any plugins", "security-weakening/plugin-removed", route, ["metadata.annotations", undefined]),
  removal("an admission policy goes", "security-weakening/admission-removed", admission),
  edit("an admission policy asks for something else", "security-weakening/admission-weakened", admission, [
    "spec.validations.0.expression",
    "true",
  ]),
  edit("other limits", "safe/limit-range", limits, ["spec.limits.0.default.memory", "256Mi"]),
  edit(
    "a Service stands for another host",
    "traffic-interruption/service-external-name",
    edited(service, ["spec", { type: "ExternalName", externalName: "a.example" }]),
    ["spec.externalName", "b.example"],
  ),
  removal("a role that nobody is bound to goes", "safe/deleted", role),
  removal("a ConfigMap goes", "safe/deleted", configMap),
  edit("a ServiceAccount gets a pull secret", "safe/in-place", serviceAccount(), [
    "imagePullSecrets",
    [{ name: "registry" }],
  ]),
  edit("a claim with another volume", "data-loss/claim-replaced", edited(claim, ["spec.volumeName", "one"]), [
    "spec.volumeName",
    "other",
  ]),
];

function serviceAccount(): PlainObject {
  return { apiVersion: "v1", kind: "ServiceAccount", metadata, automountServiceAccountToken: false };
}
