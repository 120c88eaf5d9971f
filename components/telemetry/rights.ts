import { labels } from "../../kubernetes/labels.ts";
import type { Component, Metadata } from "../../kubernetes/manifest.ts";
import { agentName } from "./names.ts";

/** What an environment's agents may do: look up which pod an address belongs to, in their own namespace. */
export function agentRights(namespace: string): Component {
  const metadata: Metadata = {
    name: agentName,
    namespace,
    labels: labels({ app: agentName, component: "platform", team: "platform" }),
  };
  return {
    type: "suoke:cluster:AgentRights",
    name: `${agentName}-rights-${namespace}`,
    dependsOn: [`namespace-${namespace}`],
    manifests: [
      {
        object: {
          apiVersion: "rbac.authorization.k8s.io/v1",
          kind: "Role",
          metadata,
          rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "watch"] }],
        },
      },
      {
        object: {
          apiVersion: "rbac.authorization.k8s.io/v1",
          kind: "RoleBinding",
          metadata,
          roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: agentName },
          subjects: [{ kind: "ServiceAccount", name: agentName, namespace }],
        },
      },
    ],
  };
}
