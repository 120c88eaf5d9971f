import { labels } from "../../kubernetes/labels.ts";
import type { Component, Metadata } from "../../kubernetes/manifest.ts";
import { agentsNamespace } from "../node-logs/names.ts";
import { prometheusName } from "./names.ts";

/**
 * What Prometheus may do at the Kubernetes API: list what there is to scrape in its own namespace, and nothing else
 * anywhere. It belongs to `cluster/`: who applies an environment cannot give rights away.
 */
export function prometheusRights(namespace: string): Component {
  const metadata: Metadata = {
    name: prometheusName,
    namespace,
    labels: labels({ app: prometheusName, component: "platform", team: "platform" }),
  };
  const verbs = ["get", "list", "watch"];
  return {
    type: "suoke:cluster:PrometheusRights",
    name: `prometheus-rights-${namespace}`,
    dependsOn: [`namespace-${namespace}`],
    manifests: [
      {
        object: {
          apiVersion: "rbac.authorization.k8s.io/v1",
          kind: "Role",
          metadata,
          rules: [
            { apiGroups: [""], resources: ["pods", "services"], verbs },
            { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs },
          ],
        },
      },
      {
        object: {
          apiVersion: "rbac.authorization.k8s.io/v1",
          kind: "RoleBinding",
          metadata,
          roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: prometheusName },
          subjects: [{ kind: "ServiceAccount", name: prometheusName, namespace }],
        },
      },
    ],
  };
}

/** What the environments' Prometheis may see of what runs once for all of them: its pods, so as to find them. */
export function sharedRights(namespaces: readonly string[]): Component {
  const metadata: Metadata = {
    name: prometheusName,
    namespace: agentsNamespace,
    labels: labels({ app: prometheusName, component: "platform", team: "platform" }),
  };
  const apiGroup = "rbac.authorization.k8s.io";
  return {
    type: "suoke:cluster:PrometheusRights",
    name: `prometheus-rights-${agentsNamespace}`,
    dependsOn: [`namespace-${agentsNamespace}`],
    manifests: [
      {
        object: {
          apiVersion: `${apiGroup}/v1`,
          kind: "Role",
          metadata,
          rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "watch"] }],
        },
      },
      {
        object: {
          apiVersion: `${apiGroup}/v1`,
          kind: "RoleBinding",
          metadata,
          roleRef: { apiGroup, kind: "Role", name: prometheusName },
          subjects: namespaces.map((namespace) => ({ kind: "ServiceAccount", name: prometheusName, namespace })),
        },
      },
    ],
  };
}
