import { labels } from "../../kubernetes/labels.ts";
import type { Component, KubernetesObject, Metadata, ObjectOf } from "../../kubernetes/manifest.ts";
import { controllerName, controllerOf, electionId, webhookCertificate, webhookService } from "./names.ts";
import { kongGroup } from "./resources.ts";

type Rule = NonNullable<ObjectOf<"ClusterRole">["rules"]>[number];

export interface KongClassArgs {
  readonly namespace: string;
  readonly gatewayClass: string;
  /** Whether the API server asks the controller about each change. It cannot where pods are simulated. */
  readonly admission: boolean;
  /** Components that bring the kinds, where they are not there before. */
  readonly definitions: readonly string[];
}

/** What an environment's Kong needs of the cluster: its class, its controller's rights, and who checks its objects. */
export function kongClass({ namespace, gatewayClass, admission, definitions }: KongClassArgs): Component {
  const shared: Metadata = {
    name: gatewayClass,
    labels: labels({ app: "kong", component: "platform", team: "edge" }),
  };
  const own = { ...shared, name: controllerName, namespace };
  const subjects = [{ kind: "ServiceAccount", name: controllerName, namespace }];
  const apiGroup = "rbac.authorization.k8s.io";
  const objects: KubernetesObject[] = [
    {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "GatewayClass",
      // The controller serves a Deployment that it does not create.
      metadata: { ...shared, annotations: { "konghq.com/gatewayclass-unmanaged": "true" } },
      spec: { controllerName: controllerOf(gatewayClass) },
    },
    { apiVersion: `${apiGroup}/v1`, kind: "ClusterRole", metadata: shared, rules: clusterRules(gatewayClass) },
    {
      apiVersion: `${apiGroup}/v1`,
      kind: "ClusterRoleBinding",
      metadata: shared,
      roleRef: { apiGroup, kind: "ClusterRole", name: gatewayClass },
      subjects,
    },
    { apiVersion: `${apiGroup}/v1`, kind: "Role", metadata: own, rules: namespaceRules(gatewayClass) },
    {
      apiVersion: `${apiGroup}/v1`,
      kind: "RoleBinding",
      metadata: own,
      roleRef: { apiGroup, kind: "Role", name: own.name },
      subjects,
    },
    ...(admission ? [webhook(namespace, shared)] : []),
  ];
  return {
    type: "suoke:cluster:KongClass",
    exemptions: [
      {
        rule: "access/secrets",
        problems: ["may get, list, watch every Secret."],
        reason:
          "The controller watches the Secrets of credentials and certificates by label, which a Role cannot name.",
        until: "2027-11-30",
      },
    ],
    name: gatewayClass,
    dependsOn: [`namespace-${namespace}`, ...definitions],
    manifests: objects.map((object) => ({ object })),
  };
}

const rule = (apiGroup: string, resources: readonly string[], verbs: readonly string[]): Rule => ({
  apiGroups: [apiGroup],
  resources: [...resources],
  verbs: [...verbs],
});
const read = ["get", "list", "watch"];

/** It reads which classes, namespaces and definitions there are, and writes the status of its own class. */
function clusterRules(gatewayClass: string): Rule[] {
  return [
    rule("gateway.networking.k8s.io", ["gatewayclasses"], read),
    {
      ...rule("gateway.networking.k8s.io", ["gatewayclasses/status"], ["get", "update", "patch"]),
      resourceNames: [gatewayClass],
    },
    rule("", ["namespaces"], read),
    rule("apiextensions.k8s.io", ["customresourcedefinitions"], ["list", "watch"]),
  ];
}

/**
 * In its namespace it reads what it turns into configuration, and writes statuses, events and its lease.
 * https://github.com/Kong/kubernetes-ingress-controller/tree/v3.5.9/config/rbac, without the kinds that are turned off, and
 * without the status of Services: it never writes that, and who can sends traffic of others wherever he likes.
 */
function namespaceRules(gatewayClass: string): Rule[] {
  const status = ["get", "update", "patch"];
  const routes = ["httproutes", "grpcroutes"];
  const kong = ["kongplugins", "kongconsumers", "kongconsumergroups", "kongupstreampolicies"];
  return [
    // A label narrows which Secrets it looks at; RBAC cannot tell them apart.
    rule("", ["pods", "secrets", "services"], read),
    rule("", ["configmaps"], ["list", "watch"]),
    rule("", ["events"], ["create", "patch"]),
    rule("discovery.k8s.io", ["endpointslices"], ["list", "watch"]),
    // RBAC cannot name what does not exist yet; it may change its own lease alone.
    rule("coordination.k8s.io", ["leases"], ["create"]),
    { ...rule("coordination.k8s.io", ["leases"], ["get", "update"]), resourceNames: [electionId(gatewayClass)] },
    rule("gateway.networking.k8s.io", ["gateways"], [...read, "update"]),
    rule("gateway.networking.k8s.io", [...routes, "referencegrants", "backendtlspolicies"], read),
    rule(
      "gateway.networking.k8s.io",
      ["gateways", ...routes].map((name) => `${name}/status`),
      status,
    ),
    rule(kongGroup, kong, read),
    rule(
      kongGroup,
      kong.map((name) => `${name}/status`),
      status,
    ),
  ];
}

/**
 * One bad plugin would keep every later change from all proxies, and a new proxy from serving at all. So the controller
 * asks a running proxy about each object first. It guards what only the edge consists of: while the controller is down,
 * Services and other Secrets can still change.
 */
function webhook(namespace: string, metadata: Metadata): ObjectOf<"ValidatingWebhookConfiguration"> {
  const common = {
    admissionReviewVersions: ["v1"],
    sideEffects: "None" as const,
    failurePolicy: "Fail" as const,
    matchPolicy: "Equivalent" as const,
    timeoutSeconds: 10,
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
    clientConfig: { service: { name: webhookService, namespace, port: 443 } },
  };
  const rules = (apiGroup: string, apiVersions: readonly string[], resources: readonly string[]) => ({
    apiGroups: [apiGroup],
    apiVersions: [...apiVersions],
    operations: ["CREATE" as const, "UPDATE" as const],
    resources: [...resources],
    scope: "Namespaced" as const,
  });
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingWebhookConfiguration",
    // cert-manager writes the authority's certificate into clientConfig.
    metadata: { ...metadata, annotations: { "cert-manager.io/inject-ca-from": `${namespace}/${webhookCertificate}` } },
    webhooks: [
      {
        ...common,
        name: "objects.validation.ingress-controller.konghq.com",
        rules: [
          rules(kongGroup, ["*"], ["kongplugins", "kongconsumers"]),
          rules("gateway.networking.k8s.io", ["v1"], ["gateways", "httproutes"]),
        ],
      },
      {
        ...common,
        name: "secrets.credentials.validation.ingress-controller.konghq.com",
        objectSelector: { matchExpressions: [{ key: "konghq.com/credential", operator: "Exists" }] },
        rules: [rules("", ["v1"], ["secrets"])],
      },
    ],
  };
}
