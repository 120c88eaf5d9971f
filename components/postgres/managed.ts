import type { Migrations } from "../../catalogue/migrations.ts";
import type { Partitioned } from "../../catalogue/partitions.ts";
import type { SecretKey } from "../../kubernetes/handles.ts";
import { labels } from "../../kubernetes/labels.ts";
import { oneIsEnough, pinnedImages, secretVariables, withoutDigest } from "../exemptions.ts";
import type { Component, Exemption, Manifest, Metadata, ObjectOf } from "../../kubernetes/manifest.ts";
import type { Connection, Peer } from "../../kubernetes/network.ts";
import { secretManifest } from "../../kubernetes/secret-manifest.ts";
import type { Rotations, SecretText } from "../../kubernetes/secrets.ts";
import { secretText } from "../../kubernetes/secrets.ts";
import { backupManifests } from "./backups.ts";
import { cluster } from "./cluster.ts";
import type { ManagedPostgres } from "./data.ts";
import type { DatabaseClient, Databases } from "./databases.ts";
import { postgresName, primaryKey, replicasKey, urlSecret } from "./databases.ts";
import { drillName, drillObjects } from "./drill.ts";
import { exporterName, exporterObjects } from "./exporter.ts";
import { metricsConfig, metricsName } from "./metrics.ts";
import { migrationObjects, migrationsName } from "./migrations.ts";
import { networkPolicies } from "./network.ts";
import { pooler, poolerName, poolerTypes } from "./poolers.ts";
import type { DatabaseRoles, Login } from "./roles.ts";
import { databaseRoles, exporterLogin, loginManifest } from "./roles.ts";

/** What a cluster of our own finds around it. */
export interface Surroundings {
  readonly zoneSpread: "preferred" | "required";
  /** The operator's pods. */
  readonly operator: Peer;
  readonly kubeApi: Connection;
  readonly scraper?: Peer;
  /** Image of the platform's own tools, and what pulls it. */
  readonly toolsImage: string;
  readonly pullSecret: SecretKey;
  readonly migrations: Migrations;
  readonly partitioned: readonly Partitioned[];
}

export interface ManagedArgs {
  readonly namespace: string;
  readonly server: ManagedPostgres;
  readonly clients: readonly DatabaseClient[];
  readonly rotations: Rotations;
  readonly surroundings: Surroundings;
}

const databasesName = "postgres-databases";
const poolersName = "postgres-poolers";
const migratorSecret = "postgres-migrator-urls";
const exporterSecret = "postgres-exporter-urls";

/** For policies of pods that the operator makes: they stand in no render. */
const madeByOperator: Exemption = {
  rule: "network/dangling",
  problems: [postgresName, poolerName("rw"), poolerName("ro")].map(
    (app) => `is for app=${app}, and no pod of the render has that.`,
  ),
  reason: "CloudNativePG makes these pods; the labels are those that its Cluster and Poolers pass on.",
  until: "2027-11-30",
};

const storeAnywhere: Exemption = {
  rule: "network/internet",
  problems: ["allows traffic to the whole internet."],
  objects: [`NetworkPolicy ${postgresName}`],
  reason: "The object store of the backups is known by name alone; cidrs in the data of the environment narrow it.",
  until: "2027-05-31",
};

const drillToken: Exemption = {
  rule: "pods/token",
  objects: [`CronJob ${drillName}`],
  reason: "It creates and removes one scratch cluster through the API; cluster/ binds its account to that one name.",
  until: "2027-11-30",
};

const drillStore: Exemption = {
  ...storeAnywhere,
  objects: [`NetworkPolicy ${drillName}`],
};

/** A PostgreSQL of our own: the cluster, then its databases, then their schemas and the poolers in front. */
export function managedPostgres({ namespace, server, clients, rotations, surroundings }: ManagedArgs): Databases {
  const meta = (app: string) => (name: string) => ({
    name,
    namespace,
    labels: labels({ app, component: "data", team: "platform" }),
  });
  const own = meta(postgresName);
  const roles = clients.map(({ database }) => databaseRoles(database, rotations));
  const exporter = exporterLogin(rotations);
  const types = poolerTypes(server);
  const services = [...new Set(clients.map(({ service }) => service))].sort();
  const policies = networkPolicies({ ...surroundings, services, poolers: types, backups: server.backups }, own);
  const policy = (name: string): Manifest[] =>
    policies.filter(({ metadata }) => metadata.name === name).map((object) => ({ object }));

  const primary = (database: string): SecretKey => urlKey(primaryKey(database), url(rolesOf(roles, database), "rw"));
  const replicas = (database: string): SecretKey =>
    urlKey(replicasKey(database), url(rolesOf(roles, database), types.includes("ro") ? "ro" : "rw"));
  const migratorUrl = ({ owner, migrator }: DatabaseRoles): SecretKey => ({
    component: migrationsName,
    secret: migratorSecret,
    key: owner,
    value: directUrl(migrator, "rw", owner),
  });
  const exporterUrls: SecretKey = {
    component: exporterName,
    secret: exporterSecret,
    key: "data-source-name",
    // Each server is asked itself; "ro" leads to one replica after the other.
    value: types
      .map((type) => directUrl(exporter, type, "postgres"))
      .reduce((list, next) => secretText`${list},${next}`),
  };
  const urls = clients.flatMap(({ database }) => [primary(database), replicas(database)]);

  const drill: Component[] =
    server.backups.kind === "none"
      ? []
      : [
          {
            type: "suoke:data:PostgresDrill",
            name: drillName,
            exemptions: [
              pinnedImages,
              withoutDigest,
              secretVariables("The tool takes each database's URL from a variable; no other program runs in its pod."),
              drillToken,
              ...(server.backups.cidrs === undefined ? [drillStore] : []),
            ],
            dependsOn: [migrationsName, surroundings.pullSecret.component],
            manifests: [
              ...policy(drillName),
              ...drillObjects(
                {
                  namespace,
                  server,
                  roles,
                  url: migratorUrl,
                  image: surroundings.toolsImage,
                  pullSecret: surroundings.pullSecret,
                },
                meta(drillName),
              ).map((object) => ({ object })),
            ],
          },
        ];
  const metricsArgs = {
    partitioned: surroundings.partitioned,
    drilled: server.backups.kind === "none" ? [] : roles.map(({ owner }) => owner),
  };

  const components: Component[] = [
    {
      type: "suoke:data:Postgres",
      name: postgresName,
      dependsOn: [],
      manifests: [
        ...[...roles.flatMap(({ migrator, users }) => [migrator, users.a, users.b]), exporter].map((login) =>
          loginManifest(login, namespace),
        ),
        secretManifest({ ...own(urlSecret), values: valuesOf(urls) }),
        ...(server.backups.kind === "none" ? [] : backupManifests(server.backups, rotations, own)),
        ...policy(postgresName),
        { object: metricsConfig(metricsArgs, own(metricsName)) },
        {
          object: cluster(
            { server, roles, exporter, zoneSpread: surroundings.zoneSpread, labels: own(postgresName).labels },
            own(postgresName),
          ),
          lifecycle: { protect: true, retainOnDelete: true },
        },
      ],
      exemptions: [
        madeByOperator,
        ...(server.backups.kind !== "none" && server.backups.cidrs === undefined ? [storeAnywhere] : []),
      ],
    },
    {
      type: "suoke:data:PostgresDatabases",
      name: databasesName,
      dependsOn: [postgresName],
      manifests: roles.map(({ owner }) => ({
        object: database(owner, own(owner.replaceAll("_", "-"))),
        lifecycle: { protect: true, retainOnDelete: true },
      })),
    },
    {
      type: "suoke:data:PostgresPoolers",
      name: poolersName,
      dependsOn: [postgresName],
      manifests: types.flatMap((type) => [
        ...policy(poolerName(type)),
        { object: pooler(type, server, meta(poolerName(type))(poolerName(type))) },
      ]),
      exemptions: [madeByOperator],
    },
    {
      type: "suoke:data:PostgresMigrations",
      name: migrationsName,
      dependsOn: [databasesName, surroundings.pullSecret.component],
      manifests: [
        secretManifest({ ...meta(migrationsName)(migratorSecret), values: valuesOf(roles.map(migratorUrl)) }),
        ...policy(migrationsName),
        ...migrationObjects(
          {
            roles,
            url: migratorUrl,
            image: surroundings.toolsImage,
            pullSecret: surroundings.pullSecret,
            migrations: surroundings.migrations,
            partitioned: surroundings.partitioned,
          },
          meta(migrationsName),
        ).map((object) => ({ object })),
      ],
      exemptions: [
        pinnedImages,
        withoutDigest,
        secretVariables("The tool takes each database's URL from a variable; no other program runs in its pod."),
      ],
    },
    ...drill,
    {
      type: "suoke:data:PostgresExporter",
      name: exporterName,
      dependsOn: [postgresName],
      manifests: [
        secretManifest({ ...meta(exporterName)(exporterSecret), values: valuesOf([exporterUrls]) }),
        ...policy(exporterName),
        ...exporterObjects(exporterUrls, meta(exporterName)(exporterName)).map((object) => ({ object })),
      ],
      exemptions: [
        pinnedImages,
        withoutDigest,
        secretVariables("The exporter takes the URLs of several servers from DATA_SOURCE_NAME alone."),
        oneIsEnough,
        {
          rule: "availability/rollout",
          problems: ["stops all its pods before it starts new ones."],
          reason: "One exporter at a time: two would count everything twice, and a gap of a scrape is no loss.",
          until: "2027-11-30",
        },
      ],
    },
  ];
  return {
    components,
    primary,
    replicas,
    connections: types.map((type) => ({ peer: { kind: "app", app: poolerName(type) }, ports: [5432] })),
    ready: [poolersName, migrationsName],
  };
}

function rolesOf(all: readonly DatabaseRoles[], database: string): DatabaseRoles {
  const found = all.find(({ owner }) => owner === database);
  if (found === undefined) throw new Error(`No service keeps data in a database "${database}".`);
  return found;
}

/** A URL through a pooler, for the login that the service uses now. */
function url({ owner, active }: DatabaseRoles, type: "rw" | "ro"): SecretText {
  return secretText`postgresql://${active.role}:${active.password}@${poolerName(type)}:5432/${owner}`;
}

/** A URL past the poolers: `postgres-rw` and `postgres-ro` are the operator's Services. */
function directUrl(login: Login, type: "rw" | "ro", name: string): SecretText {
  return secretText`postgresql://${login.role}:${login.password}@${postgresName}-${type}:5432/${name}?sslmode=require`;
}

function urlKey(key: string, value: SecretText): SecretKey {
  return { component: postgresName, secret: urlSecret, key, value };
}

function valuesOf(keys: readonly SecretKey[]): Record<string, SecretKey["value"]> {
  return Object.fromEntries(keys.map(({ key, value }) => [key, value]));
}

function database(owner: string, metadata: Metadata): ObjectOf<"Database"> {
  return {
    apiVersion: "postgresql.cnpg.io/v1",
    kind: "Database",
    metadata: { ...metadata, annotations: { "pulumi.com/waitFor": "jsonpath={.status.applied}=true" } },
    spec: {
      cluster: { name: postgresName },
      name: owner,
      owner,
      ensure: "present",
      // Removing a service must not remove what it knew.
      databaseReclaimPolicy: "retain",
    },
  };
}
