import { sizes } from "../../catalogue/sizes.ts";
import type { SecretKey } from "../../kubernetes/handles.ts";
import { labels } from "../../kubernetes/labels.ts";
import type { KubernetesObject, Metadata } from "../../kubernetes/manifest.ts";
import { contentHash } from "../../kubernetes/names.ts";
import { jobSpec } from "../batch.ts";
import { images } from "../images.ts";
import { barmanPlugin, objectStoreName } from "./backups.ts";
import type { ManagedPostgres } from "./data.ts";
import { postgresName } from "./databases.ts";
import { toolSettings, urlVariable } from "./migrations.ts";
import type { DatabaseRoles } from "./roles.ts";

export const drillName = "postgres-drill";
/** The cluster that a drill restores into. */
export const scratchName = "postgres-scratch";

/** Hours that a restore may take before the drill counts as failed. */
const restoreHours = 4;

export interface DrillArgs {
  readonly namespace: string;
  readonly server: ManagedPostgres;
  readonly roles: readonly DatabaseRoles[];
  /** URL of each database for its migrator: passwords are restored with the rest. */
  readonly url: (roles: DatabaseRoles) => SecretKey;
  /** Image of the platform's own tools. */
  readonly image: string;
  readonly pullSecret: SecretKey;
}

/**
 * A backup that has never been restored is a hope. Once a week a Job restores the newest one into a scratch cluster, compares
 * its tables and rows with those that run, removes it and records that it went well. What it may do at the Kubernetes API
 * belongs to `cluster/` (rights.ts).
 */
export function drillObjects(args: DrillArgs, meta: (name: string) => Metadata): KubernetesObject[] {
  const config = { "postgres.json": `${JSON.stringify(drillSettings(args), null, 2)}\n` };
  const configName = `${drillName}-config-${contentHash(config)}`;
  const spec = jobSpec({
    name: drillName,
    labels: meta(drillName).labels,
    image: args.image,
    pullSecret: args.pullSecret,
    command: ["/postgres", "drill"],
    env: Object.fromEntries(args.roles.map((roles) => [urlVariable(roles), args.url(roles)])),
    resources: sizes.lean,
    config: { "/config": configName },
    // A restore, and the removal of the cluster before and after it.
    deadlineSeconds: (restoreHours + 1) * 3600,
    // Whatever is wrong with a backup is wrong with it a minute later.
    retries: 0,
  });
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: meta(drillName), automountServiceAccountToken: false },
    { apiVersion: "v1", kind: "ConfigMap", metadata: meta(configName), immutable: true, data: config },
    {
      apiVersion: "batch/v1",
      kind: "CronJob",
      metadata: meta(drillName),
      spec: {
        // Sunday, after the night's base backup.
        schedule: "30 5 * * 0",
        timeZone: "Etc/UTC",
        concurrencyPolicy: "Forbid",
        startingDeadlineSeconds: 6 * 3600,
        successfulJobsHistoryLimit: 1,
        failedJobsHistoryLimit: 3,
        jobTemplate: {
          spec: {
            ...spec,
            ttlSecondsAfterFinished: 14 * 24 * 3600,
            template: {
              ...spec.template,
              // It creates and removes the scratch cluster.
              ...(spec.template.spec === undefined
                ? {}
                : { spec: { ...spec.template.spec, automountServiceAccountToken: true } }),
            },
          },
        },
      },
    },
  ];
}

/** What the tool reads: tools/postgres/drill.go. */
function drillSettings(args: DrillArgs): object {
  return {
    ...toolSettings({ roles: args.roles, partitioned: [] }),
    drill: {
      name: scratchName,
      path: `/apis/postgresql.cnpg.io/v1/namespaces/${args.namespace}/clusters`,
      host: `${scratchName}-rw:5432`,
      timeoutSeconds: restoreHours * 3600,
      cluster: scratchCluster(args),
    },
  };
}

/** One instance that restores the newest backup and archives nothing: the origin's archive is not its own. */
export function scratchCluster({ namespace, server }: Pick<DrillArgs, "namespace" | "server">): object {
  const own = labels({ app: drillName, component: "data", team: "platform" });
  return {
    apiVersion: "postgresql.cnpg.io/v1",
    kind: "Cluster",
    metadata: { name: scratchName, namespace, labels: own },
    spec: {
      instances: 1,
      imageName: images.postgresql,
      inheritedMetadata: { labels: own },
      // The log cannot be replayed with fewer connections than the origin had.
      postgresql: { parameters: { max_connections: String(server.maxConnections), shared_buffers: "256MB" } },
      bootstrap: { recovery: { source: "origin" } },
      externalClusters: [
        {
          name: "origin",
          plugin: { name: barmanPlugin, parameters: { barmanObjectName: objectStoreName, serverName: postgresName } },
        },
      ],
      storage: { storageClass: server.storage.class, size: server.storage.data },
      resources: { requests: { cpu: "500m", memory: "1Gi" }, limits: { cpu: "1", memory: "1Gi" } },
      priorityClassName: "suoke-batch",
      enableSuperuserAccess: false,
      enablePDB: false,
    },
  };
}
