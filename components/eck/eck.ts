import type { Component } from "../../kubernetes/manifest.ts";
import type { Peer } from "../../kubernetes/network.ts";
import { charts } from "../charts.ts";

/** Namespace of the operator. */
export const eckNamespace = "elastic-system";

/** The operator's pods, as environments let them in: it asks Elasticsearch how it is. */
export const eckPeer: Peer = {
  kind: "pods",
  namespace: eckNamespace,
  labels: { "app.kubernetes.io/name": "elastic-operator" },
};

/**
 * Elastic Cloud on Kubernetes, the operator of Elasticsearch. It comes as a chart: its definitions and webhook belong to
 * their publisher. It looks after the environments of this cluster and no other namespace.
 */
export function eck(namespaces: readonly string[]): Component {
  return {
    type: "suoke:cluster:Eck",
    name: "elastic-operator",
    dependsOn: [`namespace-${eckNamespace}`],
    manifests: [],
    releases: [
      {
        ...charts.eck,
        name: "elastic-operator",
        namespace: eckNamespace,
        values: {
          managedNamespaces: [...namespaces].sort(),
          podSecurityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
          resources: {
            requests: { cpu: "100m", memory: "150Mi", "ephemeral-storage": "64Mi" },
            limits: { cpu: "1", memory: "1Gi", "ephemeral-storage": "128Mi" },
          },
          // It reports nothing to its publisher.
          telemetry: { disabled: true },
        },
      },
    ],
  };
}
