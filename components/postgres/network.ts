import type { Metadata, ObjectOf } from "../../kubernetes/manifest.ts";
import type { Connection, Peer } from "../../kubernetes/network.ts";
import { networkPolicy } from "../../kubernetes/network.ts";
import type { Backups } from "./data.ts";
import { postgresName } from "./databases.ts";
import { drillName } from "./drill.ts";
import { exporterName, exporterPort } from "./exporter.ts";
import { migrationsName } from "./migrations.ts";
import { instanceMetrics, instanceStatus, poolerMetrics } from "./ports.ts";
import type { PoolerType } from "./poolers.ts";
import { poolerName } from "./poolers.ts";

export interface NetworkArgs {
  /** Services that keep data. */
  readonly services: readonly string[];
  readonly poolers: readonly PoolerType[];
  readonly operator: Peer;
  readonly kubeApi: Connection;
  readonly scraper?: Peer;
  readonly backups: Backups;
}

const server = 5432;

const app = (name: string): Peer => ({ kind: "app", app: name });

/** Who may talk to whom around PostgreSQL; operators break without these, and simulated pods would never show it. */
export function networkPolicies(args: NetworkArgs, meta: (name: string) => Metadata): ObjectOf<"NetworkPolicy">[] {
  const { operator, kubeApi } = args;
  const scrape = (port: number): Connection[] =>
    args.scraper === undefined ? [] : [{ peer: args.scraper, ports: [port] }];
  const instances: Connection = { peer: app(postgresName), ports: [server, instanceStatus] };
  const toServer: Connection = { peer: app(postgresName), ports: [server] };
  const drills = args.backups.kind === "none" ? [] : [drillName];
  const direct = [...args.poolers.map(poolerName), exporterName, migrationsName, ...drills].map((name): Connection => ({
    peer: app(name),
    ports: [server],
  }));
  return [
    networkPolicy(
      meta(postgresName),
      { app: postgresName },
      {
        ingress: [
          instances,
          { peer: operator, ports: [server, instanceStatus] },
          ...direct,
          ...scrape(instanceMetrics),
        ],
        egress: [instances, kubeApi, ...storeConnections(args.backups)],
      },
    ),
    ...args.poolers.map((type) =>
      networkPolicy(
        meta(poolerName(type)),
        { app: poolerName(type) },
        {
          ingress: [
            ...args.services.map((name): Connection => ({ peer: app(name), ports: [server] })),
            ...scrape(poolerMetrics),
          ],
          egress: [toServer, kubeApi],
        },
      ),
    ),
    networkPolicy(meta(migrationsName), { app: migrationsName }, { ingress: [], egress: [toServer] }),
    // The Job and the cluster that it restores into go by one name: the latter comes and goes, and is nobody else's business.
    ...drills.map((name) =>
      networkPolicy(
        meta(name),
        { app: name },
        {
          ingress: [
            { peer: operator, ports: [server, instanceStatus] },
            { peer: app(name), ports: [server, instanceStatus] },
          ],
          egress: [
            toServer,
            { peer: app(name), ports: [server, instanceStatus] },
            kubeApi,
            ...storeConnections(args.backups),
          ],
        },
      ),
    ),
    networkPolicy(meta(exporterName), { app: exporterName }, { ingress: scrape(exporterPort), egress: [toServer] }),
  ];
}

function storeConnections(backups: Backups): Connection[] {
  if (backups.kind === "none") return [];
  const { endpoint, cidrs } = backups;
  const port = endpoint === undefined ? 443 : Number(new URL(endpoint).port || 443);
  return [{ peer: cidrs === undefined ? { kind: "internet" } : { kind: "addresses", cidrs }, ports: [port] }];
}
