import { hardenedContainer, hardenedPod } from "../../kubernetes/hardened.ts";
import type { Metadata, ObjectOf } from "../../kubernetes/manifest.ts";
import { images } from "../images.ts";
import type { ManagedPostgres } from "./data.ts";
import { poolerMetrics } from "./ports.ts";
import { postgresName } from "./databases.ts";

/** `rw` leads to the primary, `ro` to the replicas. */
export type PoolerType = "rw" | "ro";

/** Name of a pooler, of its Service and the app label of its pods. */
export function poolerName(type: PoolerType): string {
  return `${postgresName}-pooler-${type}`;
}

/** The poolers that a server has: without a replica there is nothing to read from besides the primary. */
export function poolerTypes({ instances }: Pick<ManagedPostgres, "instances">): PoolerType[] {
  return instances === 1 ? ["rw"] : ["rw", "ro"];
}

/** Pods that a rollout of a pooler adds, so that none is missing meanwhile. */
export const poolerSurge = 1;

/** Memory of a pooler's pod in MiB: PgBouncer takes about 10 KiB for a client and its TLS state ten times of that. */
function memoryMiB(clients: number): number {
  return 64 + Math.ceil((clients * 110) / 1024);
}

/**
 * PgBouncer. In transaction mode a server connection is lent for one transaction, so that thousands of clients share a few
 * dozen. Prepared statements, which SQLAlchemy and asyncpg use, work in that mode since PgBouncer 1.21.
 */
export function pooler(type: PoolerType, { poolers }: ManagedPostgres, metadata: Metadata): ObjectOf<"Pooler"> {
  const memory = `${memoryMiB(poolers.maxClientConnections)}Mi`;
  return {
    apiVersion: "postgresql.cnpg.io/v1",
    kind: "Pooler",
    metadata: {
      ...metadata,
      annotations: { "pulumi.com/waitFor": `jsonpath={.status.instances}=${poolers.instances}` },
    },
    spec: {
      cluster: { name: postgresName },
      type,
      instances: poolers.instances,
      pgbouncer: { poolMode: "transaction", parameters: pgbouncerParameters(poolers) },
      deploymentStrategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: poolerSurge, maxUnavailable: 0 } },
      template: {
        metadata: {
          labels: { ...metadata.labels },
          annotations: {
            "prometheus.io/scrape": "true",
            "prometheus.io/port": String(poolerMetrics),
            "prometheus.io/path": "/metrics",
          },
        },
        spec: {
          ...hardenedPod(),
          // The image's own user; it reads its configuration by group.
          securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
          // PgBouncer's instance manager asks the Kubernetes API for its configuration.
          automountServiceAccountToken: true,
          priorityClassName: "suoke-data",
          topologySpreadConstraints: [
            {
              maxSkew: 1,
              topologyKey: "kubernetes.io/hostname",
              whenUnsatisfiable: "ScheduleAnyway",
              labelSelector: { matchLabels: { app: poolerName(type) } },
            },
          ],
          containers: [
            {
              name: "pgbouncer",
              image: images.pgbouncer,
              resources: {
                requests: { cpu: "100m", memory, "ephemeral-storage": "32Mi" },
                limits: { cpu: "1", memory, "ephemeral-storage": "64Mi" },
              },
              ...hardenedContainer(),
            },
          ],
        },
      },
    },
  };
}

/** https://www.pgbouncer.org/config.html */
export function pgbouncerParameters({
  maxClientConnections,
  poolSize,
}: ManagedPostgres["poolers"]): Record<string, string> {
  return {
    max_client_conn: String(maxClientConnections),
    default_pool_size: String(poolSize),
    // Kept open when idle: the first request after a lull does not wait for a connection.
    min_pool_size: "1",
    // Above what SQLAlchemy keeps per connection (100), so that none is prepared again and again.
    max_prepared_statements: "200",
    // The plan's pool_recycle is 3600 s: ours go first, so that a client never finds its server gone.
    server_lifetime: "3000",
    // A client that waits longer than this for a server connection gets an error instead of a time-out further up.
    query_wait_timeout: "10",
    // What drivers set at the start and transaction mode cannot keep apart.
    ignore_startup_parameters: "extra_float_digits,options",
  };
}
