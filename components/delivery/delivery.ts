import { labels } from "../../kubernetes/labels.ts";
import type { Component, KubernetesObject, Metadata } from "../../kubernetes/manifest.ts";
import type { Rule } from "./previewer.ts";
import { dryRunsOnly, previewer, previewerName } from "./previewer.ts";

export interface DeliveryArgs {
  /** Namespace of the pipelines' identities. Theirs alone: who may create pods beside them could borrow them. */
  readonly namespace: string;
  /** The environments that this cluster carries. */
  readonly environments: readonly Hosted[];
}

interface Hosted {
  readonly name: string;
  readonly namespace: string;
  /** Storage classes that the environment names, and so looks for before it is deployed. */
  readonly storageClasses: readonly string[];
}

const write = ["get", "list", "watch", "create", "update", "patch", "delete"];
const read = ["get", "list", "watch"];

/**
 * Who may deploy what: one `deployer` per environment, with the rights that applying its stack takes and no more, and one
 * `previewer`, which changes nothing.
 */
export function delivery({ namespace, environments }: DeliveryArgs): Component {
  return {
    type: "suoke:cluster:Delivery",
    name: "delivery",
    dependsOn: [namespace, ...environments.map((environment) => environment.namespace)].map(
      (name) => `namespace-${name}`,
    ),
    manifests: [
      ...environments.flatMap((environment) => [
        ...deployer(namespace, environment),
        ...previewer(namespace, environment, deployerRules(environment.namespace)),
        ...storageReader(namespace, environment),
      ]),
      ...dryRunsOnly(namespace),
    ].map((object) => ({ object })),
    exemptions: [
      {
        rule: "access/secrets",
        problems: ["may get, list, watch every Secret."],
        objects: environments.map(({ name }) => `Role ${deployerName(name)}`),
        reason: "Applying a stack writes its Secrets, and reads back what it wrote to see whether it changed.",
        until: "2027-11-30",
      },
    ],
  };
}

/** Name of an environment's deployer in the namespace of identities. */
export function deployerName(environment: string): string {
  return `deployer-${environment}`;
}

/** Storage classes belong to the cluster; both identities may see whether those they need are there. */
function storageReader(identities: string, { name, storageClasses }: Hosted): KubernetesObject[] {
  const metadata: Metadata = {
    name: `suoke-storage-${name}`,
    labels: labels({ app: "delivery", component: "platform", team: "platform" }),
  };
  return [
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata,
      rules: [
        {
          apiGroups: ["storage.k8s.io"],
          resources: ["storageclasses"],
          resourceNames: [...storageClasses],
          verbs: ["get"],
        },
      ],
    },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: metadata.name },
      subjects: [deployerName(name), previewerName(name)].map((account) => ({
        kind: "ServiceAccount",
        name: account,
        namespace: identities,
      })),
    },
  ];
}

function deployer(identities: string, { name, namespace }: Hosted): KubernetesObject[] {
  const ownLabels = labels({ app: "delivery", component: "platform", team: "platform" });
  const account = deployerName(name);
  const metadata: Metadata = { name: account, namespace, labels: ownLabels };
  return [
    {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: account, namespace: identities, labels: ownLabels },
      automountServiceAccountToken: false,
    },
    { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", metadata, rules: deployerRules(namespace) },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: metadata.name },
      subjects: [{ kind: "ServiceAccount", name: account, namespace: identities }],
    },
  ];
}

function deployerRules(namespace: string): Rule[] {
  const rule = (apiGroup: string, resources: readonly string[], verbs: readonly string[]): Rule => ({
    apiGroups: [apiGroup],
    resources: [...resources],
    verbs: [...verbs],
  });
  return [
    // What the environment's stack consists of.
    rule("", ["configmaps", "persistentvolumeclaims", "secrets", "serviceaccounts", "services"], write),
    rule("apps", ["daemonsets", "deployments", "statefulsets"], write),
    rule("autoscaling", ["horizontalpodautoscalers"], write),
    rule("batch", ["cronjobs", "jobs"], write),
    rule("networking.k8s.io", ["networkpolicies"], write),
    rule("policy", ["poddisruptionbudgets"], write),
    rule("postgresql.cnpg.io", ["clusters", "databases", "poolers", "scheduledbackups"], write),
    rule("gateway.networking.k8s.io", ["gateways", "grpcroutes", "httproutes"], write),
    rule("configuration.konghq.com", ["kongconsumers", "kongplugins", "kongupstreampolicies"], write),
    rule("cert-manager.io", ["certificates", "issuers"], write),
    rule("barmancloud.cnpg.io", ["objectstores"], write),
    rule("elasticsearch.k8s.elastic.co", ["elasticsearches"], write),
    // What it looks at while it waits for a rollout, and to say why one is stuck.
    // Pulumi watches all of these for a Deployment or Service, and waits for ever for what it may not watch.
    rule("", ["endpoints", "events", "pods", "resourcequotas"], read),
    rule("apps", ["replicasets"], read),
    rule("discovery.k8s.io", ["endpointslices"], read),
    // Whether its namespace is there at all.
    { ...rule("", ["namespaces"], ["get"]), resourceNames: [namespace] },
  ];
}
