import { operatorMade } from "../components/elasticsearch/names.ts";
import { kongName } from "../components/kong/names.ts";

/** How the simulator plays the operator of a kind: `local/toolchain/simulator/custom.go` reads it. */
export interface SimulatedKind {
  readonly group: string;
  readonly version: string;
  /** Plural name in URLs. */
  readonly resource: string;
  /** What must exist before an object works: its kind (`Secret`, `ConfigMap`, `Service`, `plural.group`) and where it is named. */
  readonly references: readonly { readonly kind: string; readonly path: string }[];
  /**
   * Status of a working object; a string `$.path` takes the object's value at that path, `$Kind/name.path` that of another one. Of an
   * object that waits for something its conditions are false.
   */
  readonly status: Readonly<Record<string, unknown>>;
  /** Secrets that its operator makes once it works; `*` in a name stands for the object's own. */
  readonly makes?: readonly { readonly secret: string; readonly keys: readonly string[] }[];
}

const gatewayApi = { group: "gateway.networking.k8s.io", version: "v1" };
const clusterReference = { kind: "clusters.postgresql.cnpg.io", path: "spec.cluster.name" };
const simulated = { group: "postgresql.cnpg.io", version: "v1" };

const condition = (type: string, reason = type) => ({
  type,
  status: "True",
  reason,
  message: "",
  lastTransitionTime: "$.metadata.creationTimestamp",
});
const ready = condition("Ready");

/** Those that come up, and how. */
export const simulatedKinds: readonly SimulatedKind[] = [
  {
    ...simulated,
    resource: "clusters",
    references: [
      { kind: "Secret", path: "spec.managed.roles.*.passwordSecret.name" },
      { kind: "objectstores.barmancloud.cnpg.io", path: "spec.plugins.*.parameters.barmanObjectName" },
    ],
    status: {
      phase: "Cluster in healthy state",
      instances: "$.spec.instances",
      readyInstances: "$.spec.instances",
      conditions: [condition("Ready", "ClusterIsReady")],
    },
  },
  { ...simulated, resource: "poolers", references: [clusterReference], status: { instances: "$.spec.instances" } },
  { ...simulated, resource: "databases", references: [clusterReference], status: { applied: true } },
  {
    group: "cert-manager.io",
    version: "v1",
    resource: "certificates",
    references: [{ kind: "issuers.cert-manager.io", path: "spec.issuerRef.name" }],
    makes: [{ secret: "$.spec.secretName", keys: ["ca.crt", "tls.crt", "tls.key"] }],
    status: { conditions: [ready] },
  },
  {
    group: "cert-manager.io",
    version: "v1",
    resource: "issuers",
    references: [{ kind: "Secret", path: "spec.ca.secretName" }],
    status: { conditions: [ready] },
  },
  {
    group: "elasticsearch.k8s.elastic.co",
    version: "v1",
    resource: "elasticsearches",
    references: [
      { kind: "Secret", path: "spec.auth.fileRealm.*.secretName" },
      { kind: "Secret", path: "spec.auth.roles.*.secretName" },
      { kind: "Secret", path: "spec.secureSettings.*.secretName" },
    ],
    status: { phase: "Ready", health: "green" },
    makes: [{ secret: operatorMade("*").authority, keys: operatorMade("*").authorityKeys }],
  },
  {
    group: "barmancloud.cnpg.io",
    version: "v1",
    resource: "objectstores",
    references: [{ kind: "Secret", path: "spec.configuration.s3Credentials.accessKeyId.name" }],
    status: {},
  },
  { ...gatewayApi, resource: "gatewayclasses", references: [], status: { conditions: [condition("Accepted")] } },
  {
    ...gatewayApi,
    resource: "gateways",
    references: [
      { kind: `gatewayclasses.${gatewayApi.group}`, path: "spec.gatewayClassName" },
      { kind: "Secret", path: "spec.listeners.*.tls.certificateRefs.*.name" },
    ],
    // The proxies' Service is the entry, as the controller is told.
    status: {
      addresses: [{ type: "IPAddress", value: `$Service/${kongName}.status.loadBalancer.ingress.*.ip` }],
      conditions: [condition("Accepted"), condition("Programmed")],
    },
  },
];
