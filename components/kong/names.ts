/** The plan's name of the gateway: its host in the namespace, its label, and its Gateway. */
export const kongName = "kong";
export const controllerName = "kong-controller";
export const adminService = "kong-admin";
export const statusService = "kong-status";
export const webhookService = "kong-webhook";

/** Secrets that cert-manager fills. */
export const publicCertificate = "kong-public-tls";
export const adminCertificate = "kong-admin-tls";
export const controllerCertificate = "kong-controller-tls";
export const webhookCertificate = "kong-webhook-tls";

/** The controller reads no Secret without this label, whatever else is in the namespace. */
export const edgeSecretLabel = "suoke.life/edge-secret";

/** Pods of cert-manager that answer the authority's question for a host, for a minute or two. */
export const solverLabels = { "acme.cert-manager.io/http01-solver": "true" } as const;
export const solverPort = 8089;

/** Ports by the names that Services, probes and policies use. */
export const proxyPorts = { proxy: 8000, "proxy-tls": 8443, "admin-tls": 8444, status: 8100 } as const;
export const controllerPorts = { webhook: 8080, health: 10254, metrics: 10255 } as const;

/** The name by which a GatewayClass says which controller it belongs to: one for each environment. */
export function controllerOf(gatewayClass: string): string {
  return `suoke.life/${gatewayClass}`;
}

/** The Lease by which controllers agree on one of them. */
export function electionId(gatewayClass: string): string {
  return `${gatewayClass}-leader`;
}
