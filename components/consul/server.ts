import { ports, serverName } from "./names.ts";

/** What the servers' configuration is made from. */
export interface ServerConfigArgs {
  /** Also part of the name that servers know each other by: `server.<datacenter>.consul`. */
  readonly datacenter: string;
  readonly namespace: string;
  readonly servers: number;
}

/** Bytes. Consul's own default: what Raft suggests for one entry of its log. */
export const valueLimit = 512 * 1024;
/** Bytes of one service's documents together: they change in one transaction. */
export const serviceLimit = 1024 * 1024;
/** A transaction has at most 128 operations; the marker is one, and a removal counts as well. */
export const documentsLimit = 60;

/** Folders inside a server's container. */
export const folders = {
  data: "/consul/data",
  config: "/consul/config",
  secrets: "/consul/secrets",
  tls: "/consul/tls",
};

/**
 * `server.json`, without what is secret or differs between pods: their name and address are arguments.
 * https://developer.hashicorp.com/consul/docs/reference/agent/configuration-file
 */
export function serverConfig({ datacenter, namespace, servers }: ServerConfigArgs) {
  return {
    server: true,
    datacenter,
    data_dir: folders.data,
    bind_addr: "0.0.0.0",
    client_addr: "0.0.0.0",
    bootstrap_expect: servers,
    // Every server behind the headless name, ready or not.
    retry_join: [`${serverName}.${namespace}.svc:${ports.gossip}`],
    // A pod that is stopped leaves first: the others go on with a smaller quorum, and lose no time finding out.
    leave_on_terminate: true,
    ports: {
      server: ports.rpc,
      serf_lan: ports.gossip,
      http: ports.http,
      https: ports.https,
      grpc_tls: ports.grpc,
      // Without TLS, and what nobody here uses: names are resolved by Kubernetes, and there is one datacenter.
      grpc: -1,
      dns: -1,
      serf_wan: -1,
    },
    performance: {
      // Notices a lost leader within a second or two; the default of 5 is for small machines.
      raft_multiplier: 1,
    },
    autopilot: {
      cleanup_dead_servers: true,
      // Dead servers are forgotten as long as a majority of the declared ones is left.
      min_quorum: Math.floor(servers / 2) + 1,
      // A server that came back votes once it has been healthy for so long.
      server_stabilization_time: "10s",
    },
    acl: { enabled: true, default_policy: "deny", down_policy: "extend-cache", enable_token_persistence: false },
    tls: {
      defaults: {
        ca_file: `${folders.tls}/ca.crt`,
        cert_file: `${folders.tls}/tls.crt`,
        key_file: `${folders.tls}/tls.key`,
        verify_outgoing: true,
      },
      // Only a server may talk to a server. Clients show a token rather than a certificate.
      internal_rpc: { verify_incoming: true, verify_server_hostname: true },
    },
    // Takes up a renewed certificate by itself.
    auto_reload_config: true,
    limits: {
      kv_max_value_size: valueLimit,
      // One service's documents change together or not at all: base64 makes 4/3 of them, plus the operations around.
      txn_max_req_len: 1.5 * serviceLimit,
    },
    connect: { enabled: false },
    peering: { enabled: false },
    // Inside the namespace only: nothing routes to it.
    ui_config: { enabled: true },
    // Prometheus asks every 15 s; a value that is not renewed for four rounds is gone.
    telemetry: { prometheus_retention_time: "60s", disable_hostname: true },
    log_level: "INFO",
    log_json: true,
    disable_update_check: true,
  };
}

/** The file of the Secret beside it: gossip key and tokens. */
export const serverSecretFile = "secrets.json";
