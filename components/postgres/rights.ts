import { labels } from "../../kubernetes/labels.ts";
import type { Component, Metadata } from "../../kubernetes/manifest.ts";
import { drillName, scratchName } from "./drill.ts";

/**
 * What the restore drill may do at the Kubernetes API: create a cluster, and look at and remove the scratch one. It can
 * neither change nor remove the cluster that runs. It belongs to `cluster/`: who applies an environment cannot give rights
 * away.
 */
export function drillRights(namespace: string): Component {
  const metadata: Metadata = {
    name: drillName,
    namespace,
    labels: labels({ app: drillName, component: "data", team: "platform" }),
  };
  const group = "rbac.authorization.k8s.io";
  return {
    type: "suoke:cluster:PostgresRights",
    name: `postgres-rights-${namespace}`,
    dependsOn: [`namespace-${namespace}`],
    manifests: [
      {
        object: {
          apiVersion: `${group}/v1`,
          kind: "Role",
          metadata,
          rules: [
            // RBAC cannot name what does not exist yet; one that exists is not overwritten by a create.
            { apiGroups: ["postgresql.cnpg.io"], resources: ["clusters"], verbs: ["create"] },
            {
              apiGroups: ["postgresql.cnpg.io"],
              resources: ["clusters"],
              resourceNames: [scratchName],
              verbs: ["get", "delete"],
            },
          ],
        },
      },
      {
        object: {
          apiVersion: `${group}/v1`,
          kind: "RoleBinding",
          metadata,
          roleRef: { apiGroup: group, kind: "Role", name: drillName },
          subjects: [{ kind: "ServiceAccount", name: drillName, namespace }],
        },
      },
    ],
  };
}
