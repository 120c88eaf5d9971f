/** Names that objects of several files share, and ports as Consul's documentation gives them. */

/** The host that services use; their NetworkPolicies select the servers by the same label. */
export const consulApp = "consul";
/** The StatefulSet and the headless Service that gives its pods their names. */
export const serverName = "consul-server";

/** Apps of what works on the servers. */
export const clientApps = {
  setup: "consul-setup",
  snapshots: "consul-snapshots",
  catalogue: "consul-catalogue",
  exporter: "consul-exporter",
} as const;
export const certificatesApp = "consul-certificates";

/** Components of a managed Consul, in the order in which they come up. */
export const components = {
  certificates: "consul-certificates",
  servers: "consul",
  configuration: "consul-configuration",
  catalogue: "consul-catalogue",
  exporter: "consul-exporter",
  snapshots: "consul-snapshots",
} as const;

export const ports = { http: 8500, https: 8501, grpc: 8503, rpc: 8300, gossip: 8301 } as const;

/** Secrets and ConfigMaps that more than one component refers to. */
export const tokensSecret = "consul-tokens";
export const managementSecret = "consul-management";
export const managementKey = "initial_management";
export const gossipSecret = "consul-gossip";
export const gossipKey = "key";
/** The servers' certificate; keys are cert-manager's `ca.crt`, `tls.crt` and `tls.key`. */
export const serverCertificate = "consul-tls";
/** The root's key, which only consul-seed reads; and the roots that clients trust, in a ConfigMap of the same name. */
export const authorityName = "consul-ca";

/** Where numbers stand in the KV store that consul-exporter shows as `consul_catalog_kv`. */
export const statusPrefix = "suoke/status/";
