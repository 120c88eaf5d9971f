import type { Metadata, ObjectOf } from "./manifest.ts";

/** Who is at the other end of a connection. */
export type Peer =
  /** Pods of an app in the same namespace. */
  | { readonly kind: "app"; readonly app: string }
  /** Pods of another namespace. */
  | { readonly kind: "pods"; readonly namespace: string; readonly labels: Readonly<Record<string, string>> }
  /** Machines outside the cluster. */
  | { readonly kind: "addresses"; readonly cidrs: readonly string[] }
  /** Whoever asks: for public ports, and for what the API server calls from addresses that depend on the provider. */
  | { readonly kind: "anyone" }
  /** Any public address: NetworkPolicy knows no host names, so the host stands in an annotation and in the docs. */
  | { readonly kind: "internet" };

/** A connection that is allowed, seen from one of its ends. */
export interface Connection {
  readonly peer: Peer;
  /** Port names or numbers at the receiving end. */
  readonly ports: readonly (string | number)[];
  readonly protocol?: "TCP" | "UDP";
}

type Spec = NonNullable<ObjectOf<"NetworkPolicy">["spec"]>;
type Egress = NonNullable<Spec["egress"]>[number];
type Ingress = NonNullable<Spec["ingress"]>[number];

export const anyone: Peer = { kind: "anyone" };

/** The cluster's DNS, by the labels that kubeadm and all large providers give it. */
export const clusterDns: Peer = { kind: "pods", namespace: "kube-system", labels: { "k8s-app": "kube-dns" } };

/**
 * Ranges that are not the internet: private (RFC 1918), carrier-grade NAT (RFC 6598), loopback and link-local, where
 * clouds serve machine credentials (169.254.169.254).
 */
const notInternet = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"];

/** What lets pods open a connection. */
export function egressRule({ peer, ports, protocol = "TCP" }: Connection): Egress {
  return { to: policyPeers(peer), ports: ports.map((port) => ({ port, protocol })) };
}

/** What lets pods be reached over a connection. */
export function ingressRule({ peer, ports, protocol = "TCP" }: Connection): Ingress {
  return { from: policyPeers(peer), ports: ports.map((port) => ({ port, protocol })) };
}

/** A policy for the pods that a selector matches; what is not listed is denied, in both directions. */
export function networkPolicy(
  metadata: Metadata,
  matchLabels: Readonly<Record<string, string>>,
  { ingress, egress }: { readonly ingress: readonly Connection[]; readonly egress: readonly Connection[] },
): ObjectOf<"NetworkPolicy"> {
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata,
    spec: {
      podSelector: { matchLabels: { ...matchLabels } },
      policyTypes: ["Ingress", "Egress"],
      // An empty list is left out: the API server keeps it as none, and would count each apply as a change.
      ...(ingress.length === 0 ? {} : { ingress: ingress.map(ingressRule) }),
      ...(egress.length === 0 ? {} : { egress: egress.map(egressRule) }),
    },
  };
}

function policyPeers(peer: Peer): NonNullable<Egress["to"]> {
  switch (peer.kind) {
    case "app":
      return [{ podSelector: { matchLabels: { app: peer.app } } }];
    case "pods":
      return [
        {
          namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": peer.namespace } },
          podSelector: { matchLabels: { ...peer.labels } },
        },
      ];
    case "addresses":
      return peer.cidrs.map((cidr) => ({ ipBlock: { cidr } }));
    case "anyone":
      return [{ ipBlock: { cidr: "0.0.0.0/0" } }, { ipBlock: { cidr: "::/0" } }];
    case "internet":
      return [{ ipBlock: { cidr: "0.0.0.0/0", except: [...notInternet] } }];
  }
}
