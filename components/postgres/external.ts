import type { SecretKey } from "../../kubernetes/handles.ts";
import { labels } from "../../kubernetes/labels.ts";
import { secretManifest } from "../../kubernetes/secret-manifest.ts";
import type { Rotations, SecretText } from "../../kubernetes/secrets.ts";
import { activeSlot, secretText, setting, urlEncode } from "../../kubernetes/secrets.ts";
import type { ExternalPostgres } from "./data.ts";
import type { DatabaseClient, Databases } from "./databases.ts";
import { postgresName, primaryKey, replicasKey, urlSecret } from "./databases.ts";

export interface ExternalArgs {
  readonly namespace: string;
  readonly server: ExternalPostgres;
  readonly clients: readonly DatabaseClient[];
  readonly rotations: Rotations;
}

/**
 * A PostgreSQL that somebody else runs: one Secret with the URLs of every database. Each database has two roles there,
 * `<database>_a` and `<database>_b`; a rotation flips between them (docs/secrets.md).
 */
export function externalPostgres({ namespace, server, clients, rotations }: ExternalArgs): Databases {
  const urls = (database: string, hosts: readonly string[]): SecretText => {
    const rotation = rotations(`postgres-${database}`);
    const { slot } = activeSlot(rotation);
    const password = urlEncode(setting(`postgres.${database}.${slot}`, { rotation }));
    const url = (host: string): SecretText =>
      secretText`postgresql://${database}_${slot}:${password}@${host}:${server.port}/${database}`;
    return hosts.map(url).reduce((list, next) => secretText`${list},${next}`);
  };
  const secretKey = (key: string, value: SecretText): SecretKey => ({
    component: postgresName,
    secret: urlSecret,
    key,
    value,
  });
  const primary = (database: string): SecretKey => secretKey(primaryKey(database), urls(database, [server.host]));
  const replicas = (database: string): SecretKey =>
    secretKey(
      replicasKey(database),
      urls(database, server.replicaHosts.length === 0 ? [server.host] : server.replicaHosts),
    );
  const keys = clients.flatMap(({ database }) => [primary(database), replicas(database)]);
  const manifest = secretManifest({
    name: urlSecret,
    namespace,
    labels: labels({ app: postgresName, component: "data", team: "platform" }),
    values: Object.fromEntries(keys.map(({ key, value }) => [key, value])),
  });
  return {
    components: [{ type: "suoke:data:Postgres", name: postgresName, dependsOn: [], manifests: [manifest] }],
    primary,
    replicas,
    connections: [{ peer: { kind: "addresses", cidrs: server.cidrs }, ports: [server.port] }],
    ready: [postgresName],
  };
}
