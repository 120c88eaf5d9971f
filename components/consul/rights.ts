import type { Component, KubernetesObject, Metadata, ObjectOf } from "../../kubernetes/manifest.ts";
import { authorityName, certificatesApp, clientApps, serverCertificate } from "./names.ts";
import { consulLabels } from "./pods.ts";

type Rule = NonNullable<ObjectOf<"Role">["rules"]>[number];

/**
 * What Consul's programs in a namespace may do at the Kubernetes API. It belongs to `cluster/`: who applies an environment
 * cannot give rights away.
 */
export function consulRights(namespace: string): Component {
  const certificates: Rule[] = [
    {
      apiGroups: [""],
      resources: ["secrets"],
      resourceNames: [authorityName, serverCertificate],
      verbs: ["get", "update"],
    },
    { apiGroups: [""], resources: ["configmaps"], resourceNames: [authorityName], verbs: ["get", "update"] },
  ];
  // The sync lists and watches all namespaces and then takes only its own (`-k8s-source-namespace`): the program knows no
  // narrower way. Names and addresses of services are what it sees of the others.
  const catalogue: Rule[] = [
    { apiGroups: [""], resources: ["services"], verbs: ["get", "list", "watch"] },
    { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["get", "list", "watch"] },
    // It watches these as well, with or without `-enable-ingress`, and complains for ever where it may not.
    { apiGroups: ["networking.k8s.io"], resources: ["ingresses"], verbs: ["get", "list", "watch"] },
  ];
  const objects = [
    ...bound("Role", certificatesApp, namespace, certificates),
    ...bound("ClusterRole", clientApps.catalogue, namespace, catalogue),
  ];
  return {
    type: "suoke:cluster:ConsulRights",
    name: `consul-rights-${namespace}`,
    dependsOn: [`namespace-${namespace}`],
    manifests: objects.map((object) => ({ object })),
  };
}

/** Rules bound to the ServiceAccount of an app. Cluster-scoped names carry the namespace, as environments share a cluster. */
function bound(kind: "Role" | "ClusterRole", app: string, namespace: string, rules: Rule[]): KubernetesObject[] {
  const labels = consulLabels(app);
  const metadata: Metadata =
    kind === "Role" ? { name: app, namespace, labels } : { name: `${app}-${namespace}`, labels };
  const rbac = "rbac.authorization.k8s.io";
  const binding = {
    metadata,
    roleRef: { apiGroup: rbac, kind, name: metadata.name },
    subjects: [{ kind: "ServiceAccount" as const, name: app, namespace }],
  };
  const apiVersion = `${rbac}/v1` as const;
  return kind === "Role"
    ? [
        { apiVersion, kind, metadata, rules },
        { apiVersion, kind: "RoleBinding", ...binding },
      ]
    : [
        { apiVersion, kind, metadata, rules },
        { apiVersion, kind: "ClusterRoleBinding", ...binding },
      ];
}
