import { labels } from "../../kubernetes/labels.ts";
import type { Component, Exemption, KubernetesObject, Manifest, Metadata } from "../../kubernetes/manifest.ts";
import type { QuotaResource } from "../../policies/quota.ts";
import { clusterDns, egressRule } from "../../kubernetes/network.ts";

export interface NamespaceArgs {
  readonly name: string;
  /** The most that it may ask of the cluster; computed and checked with the environment it carries. */
  readonly quota?: Readonly<Record<QuotaResource, string>>;
  /** An operator is asked by the API server and reaches into every environment; its pods are as restricted as all others. */
  readonly operator?: boolean;
  /** Its pods read files of their nodes, which restricted pods may not. */
  readonly readsNodes?: boolean;
}

/** A namespace in which nothing may be done that was not declared: restricted pods, bounded resources, no traffic. */
export function namespace({ name, quota, operator = false, readsNodes = false }: NamespaceArgs): Component {
  const meta = (object: string): Metadata => ({ name: object, namespace: name, labels: ownLabels() });
  const inside: KubernetesObject[] = [
    ...(quota === undefined ? [] : [resourceQuota(meta("quota"), quota)]),
    limitRange(meta("defaults")),
    {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: meta("default-deny"),
      spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
    },
    ...(operator ? [operatorTraffic(meta("operator"))] : []),
    {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: meta("allow-dns"),
      spec: {
        podSelector: {},
        policyTypes: ["Egress"],
        egress: [
          egressRule({ peer: clusterDns, ports: [53], protocol: "UDP" }),
          egressRule({ peer: clusterDns, ports: [53], protocol: "TCP" }),
        ],
      },
    },
  ];
  return {
    type: "suoke:cluster:Namespace",
    name: `namespace-${name}`,
    dependsOn: [],
    manifests: [
      namespaceManifest(name, readsNodes ? "privileged" : "restricted"),
      ...inside.map((object) => ({ object })),
    ],
    ...(operator ? { exemptions: operatorExemptions } : {}),
    ...(readsNodes ? { exemptions: nodeReaderExemptions } : {}),
  };
}

const nodeReaderExemptions: readonly Exemption[] = [
  {
    rule: "namespaces/pod-security",
    reason: "Its pods read log files of their nodes, which no lower level allows.",
    until: "2027-11-30",
  },
  {
    rule: "namespaces/bounded",
    reason: "It has one pod per node, with limits of its own: a quota would have to follow the number of nodes.",
    until: "2027-11-30",
  },
];

const operatorExemptions: readonly Exemption[] = [
  {
    rule: "network/open-peer",
    objects: ["NetworkPolicy operator"],
    problems: [
      "allows traffic from everybody.",
      "allows every port from its peers, allows traffic from every pod of the namespace.",
      "allows traffic to everybody, allows every port to its peers.",
    ],
    reason:
      "The API server calls the webhooks from addresses that no policy can name, and operators reach into all namespaces.",
    until: "2027-11-30",
  },
  {
    rule: "namespaces/bounded",
    reason: "The publisher of an operator decides how many pods its upgrade takes; default limits bound each of them.",
    until: "2027-11-30",
  },
];

/** Deleting a namespace deletes everything in it, so that it is protected and outlives its stack. */
function namespaceManifest(name: string, level: "privileged" | "restricted"): Manifest {
  const restricted = Object.fromEntries(
    ["enforce", "audit", "warn"].map((mode) => [`pod-security.kubernetes.io/${mode}`, level]),
  );
  return {
    object: { apiVersion: "v1", kind: "Namespace", metadata: { name, labels: { ...ownLabels(), ...restricted } } },
    lifecycle: { protect: true, retainOnDelete: true },
  };
}

/** Webhooks are called by the API server, whose address no policy can name; and what an operator talks to is its business. */
function operatorTraffic(metadata: Metadata): KubernetesObject {
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata,
    spec: {
      podSelector: {},
      policyTypes: ["Ingress", "Egress"],
      ingress: [{ ports: [{ port: 9443, protocol: "TCP" }] }, { from: [{ podSelector: {} }] }],
      egress: [{}],
    },
  };
}

function resourceQuota(metadata: Metadata, quota: Readonly<Record<QuotaResource, string>>): KubernetesObject {
  // A node port would open every node to the outside, past the edge.
  return { apiVersion: "v1", kind: "ResourceQuota", metadata, spec: { hard: { ...quota, "services.nodeports": "0" } } };
}

/** For what comes without sizes, such as a debug pod; everything of ours has its own. No container may ask for more. */
function limitRange(metadata: Metadata): KubernetesObject {
  return {
    apiVersion: "v1",
    kind: "LimitRange",
    metadata,
    spec: {
      limits: [
        {
          type: "Container",
          defaultRequest: { cpu: "50m", memory: "64Mi", "ephemeral-storage": "64Mi" },
          default: { cpu: "200m", memory: "128Mi", "ephemeral-storage": "128Mi" },
          max: { cpu: "4", memory: "16Gi", "ephemeral-storage": "8Gi" },
        },
      ],
    },
  };
}

function ownLabels(): Record<string, string> {
  return labels({ app: "namespace", component: "platform", team: "platform" });
}
