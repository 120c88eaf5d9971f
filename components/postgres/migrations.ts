import type { Migrations } from "../../catalogue/migrations.ts";
import type { Partitioned } from "../../catalogue/partitions.ts";
import { sizes } from "../../catalogue/sizes.ts";
import type { SecretKey } from "../../kubernetes/handles.ts";
import type { KubernetesObject, Metadata } from "../../kubernetes/manifest.ts";
import { contentHash, shortHash } from "../../kubernetes/names.ts";
import { canonical } from "../../kubernetes/render.ts";
import type { BatchArgs } from "../batch.ts";
import { jobSpec } from "../batch.ts";
import type { DatabaseRoles } from "./roles.ts";

export const migrationsName = "postgres-migrations";

/** An hour: building an index of a large table takes its time, and is not begun anew for nothing. */
const deadlineSeconds = 3600;

export interface MigrationArgs {
  readonly roles: readonly DatabaseRoles[];
  readonly migrations: Migrations;
  readonly partitioned: readonly Partitioned[];
  /** URL of each database for its migrator, past the pooler: what it does does not fit one transaction. */
  readonly url: (roles: DatabaseRoles) => SecretKey;
  /** Image of the platform's own tools. */
  readonly image: string;
  readonly pullSecret: SecretKey;
}

/**
 * A Job that brings every database to its schema before services roll out, and a CronJob that keeps partitions ahead of
 * time. A Job's pods cannot be changed, so that its name has a hash of what it would do: new migrations are a new Job.
 */
export function migrationObjects(args: MigrationArgs, meta: (name: string) => Metadata): KubernetesObject[] {
  const databases = args.roles.map(({ owner }) => owner);
  const maps = new Map(
    databases.flatMap((database) => {
      const files = args.migrations[database];
      return files === undefined ? [] : [[database, { ...files }] as const];
    }),
  );
  const configName = (database: string, files: Readonly<Record<string, string>>): string =>
    `${migrationsName}-${database.replaceAll("_", "-")}-${contentHash(files)}`;
  const toolConfig = { "postgres.json": `${JSON.stringify(toolSettings(args), null, 2)}\n` };
  const toolConfigName = `${migrationsName}-config-${contentHash(toolConfig)}`;
  const batch: BatchArgs = {
    name: migrationsName,
    labels: meta(migrationsName).labels,
    image: args.image,
    pullSecret: args.pullSecret,
    command: ["/postgres", "migrate"],
    env: Object.fromEntries(args.roles.map((roles) => [urlVariable(roles), args.url(roles)])),
    resources: sizes.lean,
    config: {
      "/config": toolConfigName,
      ...Object.fromEntries([...maps].map(([database, files]) => [folder(database), configName(database, files)])),
    },
    deadlineSeconds,
    retries: 3,
  };
  const spec = jobSpec(batch);
  return [
    {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: meta(migrationsName),
      automountServiceAccountToken: false,
    },
    { apiVersion: "v1", kind: "ConfigMap", metadata: meta(toolConfigName), immutable: true, data: toolConfig },
    ...[...maps].map(([database, data]): KubernetesObject => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: meta(configName(database, data)),
      immutable: true,
      data,
    })),
    {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: meta(`${migrationsName}-${shortHash(JSON.stringify(canonical(spec)))}`),
      spec,
    },
    {
      apiVersion: "batch/v1",
      kind: "CronJob",
      metadata: meta("postgres-partitions"),
      spec: {
        // Every night; the next quarters are there half a year before they are needed.
        schedule: "17 1 * * *",
        timeZone: "Etc/UTC",
        concurrencyPolicy: "Forbid",
        startingDeadlineSeconds: 3600,
        successfulJobsHistoryLimit: 1,
        failedJobsHistoryLimit: 3,
        jobTemplate: {
          spec: {
            ...jobSpec({ ...batch, command: ["/postgres", "partitions"], deadlineSeconds: 900 }),
            ttlSecondsAfterFinished: 7 * 24 * 3600,
          },
        },
      },
    },
  ];
}

/** What the tool reads: tools/postgres/config.go. */
export function toolSettings({ roles, partitioned }: Pick<MigrationArgs, "roles" | "partitioned">): object {
  return {
    databases: roles.map((of) => ({
      name: of.owner,
      urlVariable: urlVariable(of),
      owner: of.owner,
      app: of.app,
      migrations: folder(of.owner),
      partitioned: partitioned
        .filter(({ database }) => database === of.owner)
        .map(({ table, column, ahead, keep }) => ({ name: table, column, ahead, keep })),
    })),
  };
}

function folder(database: string): string {
  return `/migrations/${database}`;
}

/** The variable that holds a database's URL for its migrator. */
export function urlVariable({ owner }: DatabaseRoles): string {
  return `${owner.toUpperCase()}_URL`;
}
