import type { SecretKey } from "../../kubernetes/handles.ts";
import { labels } from "../../kubernetes/labels.ts";
import type { Component } from "../../kubernetes/manifest.ts";
import type { Connection } from "../../kubernetes/network.ts";
import type { Rotations, SecretText } from "../../kubernetes/secrets.ts";
import { activeSlot, secretText, setting, urlEncode } from "../../kubernetes/secrets.ts";
import { secretManifest } from "../../kubernetes/secret-manifest.ts";
import type { External, Off } from "../systems.ts";

/** An external server with its read replicas; their addresses are part of `cidrs`. */
export interface ExternalPostgres extends External {
  readonly replicaHosts: readonly string[];
}

export type PostgresData = Off | ExternalPostgres;

export interface PostgresArgs {
  readonly namespace: string;
  readonly server: ExternalPostgres;
  /** Names of the databases, one per service that keeps data. */
  readonly databases: readonly string[];
  readonly rotations: Rotations;
}

/** What services hold of PostgreSQL. */
export interface Databases {
  readonly component: Component;
  /** Connection URL of a database's primary. */
  readonly primary: (database: string) => SecretKey;
  /** Comma-separated URLs for reading; the primary's where there is no replica. */
  readonly replicas: (database: string) => SecretKey;
  readonly connection: Connection;
}

const component = "postgres";
/** The plan's name; its manifests refer to it. */
const secret = "database-secret";

/**
 * PostgreSQL as services see it: one Secret with the URLs of every database.
 *
 * Each database has two roles, `<database>_a` and `<database>_b`; rotation flips between them (README, "Secrets"), so that
 * the old password stays valid while pods roll over.
 */
export function postgres({ namespace, server, databases, rotations }: PostgresArgs): Databases {
  const urls = (database: string, hosts: readonly string[]): SecretText => {
    const rotation = rotations(`postgres-${database}`);
    const { slot } = activeSlot(rotation);
    const password = urlEncode(setting(`postgres.${database}.${slot}`, { rotation }));
    const url = (host: string): SecretText =>
      secretText`postgresql://${database}_${slot}:${password}@${host}:${server.port}/${database}`;
    return hosts.map(url).reduce((list, next) => secretText`${list},${next}`);
  };
  const primary = (database: string): SecretKey => ({
    component,
    secret,
    key: `${database}-db-url`,
    value: urls(database, [server.host]),
  });
  const replicas = (database: string): SecretKey => ({
    component,
    secret,
    key: `${database}-db-ro-urls`,
    value: urls(database, server.replicaHosts.length === 0 ? [server.host] : server.replicaHosts),
  });
  const keys = databases.flatMap((database) => [primary(database), replicas(database)]);
  return {
    component: {
      type: "suoke:data:Postgres",
      name: component,
      dependsOn: [],
      manifests: [
        secretManifest({
          name: secret,
          namespace,
          labels: labels({ app: component, component: "data", team: "platform" }),
          values: Object.fromEntries(keys.map(({ key, value }) => [key, value])),
        }),
      ],
    },
    primary,
    replicas,
    connection: { peer: { kind: "addresses", cidrs: server.cidrs }, ports: [server.port] },
  };
}
