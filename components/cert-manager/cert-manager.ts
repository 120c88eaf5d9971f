import type { Component } from "../../kubernetes/manifest.ts";
import { charts } from "../charts.ts";

/** Namespace of cert-manager. */
export const certManagerNamespace = "cert-manager";

const resources = {
  requests: { cpu: "50m", memory: "128Mi", "ephemeral-storage": "32Mi" },
  limits: { cpu: "500m", memory: "512Mi", "ephemeral-storage": "64Mi" },
};

/**
 * cert-manager: issues the certificates that Certificates ask for, and renews them. Its chart ends with a job that waits
 * until the webhook answers, so that Certificates can follow within the same `up`.
 */
export function certManager(): Component {
  return {
    type: "suoke:cluster:CertManager",
    name: "cert-manager",
    // It looks at the Gateway API when it starts, and goes without for good when there is none.
    dependsOn: [`namespace-${certManagerNamespace}`, "gateway-api"],
    manifests: [],
    releases: [
      {
        ...charts.certManager,
        name: "cert-manager",
        namespace: certManagerNamespace,
        through: "kubernetes-cert-manager",
        values: {
          // Certificates would go with their definitions: these stay when the release is removed.
          crds: { enabled: true, keep: true },
          // The authority's question is answered through an HTTPRoute.
          config: { enableGatewayAPI: true },
          replicaCount: 2,
          resources,
          cainjector: { replicaCount: 2, resources },
          webhook: { replicaCount: 3, securePort: 9443, resources },
          startupapicheck: { enabled: true, timeout: "5m", resources },
        },
      },
    ],
  };
}
