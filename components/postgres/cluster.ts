import type { Metadata, ObjectOf } from "../../kubernetes/manifest.ts";
import { formatCores, parseQuantity } from "../../kubernetes/quantity.ts";
import { images } from "../images.ts";
import { barmanPlugin, objectStoreName } from "./backups.ts";
import type { ManagedPostgres } from "./data.ts";
import { postgresName } from "./databases.ts";
import { metricsKey, metricsName, platformDatabase } from "./metrics.ts";
import { instanceMetrics } from "./ports.ts";
import type { DatabaseRoles, Login } from "./roles.ts";
import { loginSecret } from "./roles.ts";
import { parameters } from "./tuning.ts";

type ClusterSpec = ObjectOf<"Cluster">["spec"];
type Role = NonNullable<NonNullable<ClusterSpec["managed"]>["roles"]>[number];

export interface ClusterArgs {
  readonly server: ManagedPostgres;
  readonly roles: readonly DatabaseRoles[];
  readonly exporter: Login;
  readonly zoneSpread: "preferred" | "required";
  readonly labels: Readonly<Record<string, string>>;
}

/** The CloudNativePG cluster: instances, replication, roles, volumes and where backups go. */
export function cluster(
  { server, roles, exporter, zoneSpread, labels }: ClusterArgs,
  metadata: Metadata,
): ObjectOf<"Cluster"> {
  const { cpu, memory } = server.resources;
  return {
    apiVersion: "postgresql.cnpg.io/v1",
    kind: "Cluster",
    metadata: {
      ...metadata,
      // Pulumi goes on when the operator says that the cluster is there.
      annotations: { "pulumi.com/waitFor": "condition=Ready" },
    },
    spec: {
      instances: server.instances,
      imageName: images.postgresql,
      imagePullPolicy: "IfNotPresent",
      inheritedMetadata: {
        labels: { ...labels },
        // For the scraper of pods: the operator's own exporter in each instance.
        annotations: {
          "prometheus.io/scrape": "true",
          "prometheus.io/port": String(instanceMetrics),
          "prometheus.io/path": "/metrics",
        },
      },
      monitoring: { customQueriesConfigMap: [{ name: metricsName, key: metricsKey }] },
      postgresql: {
        parameters: parameters(server),
        ...(server.synchronous
          ? // A commit waits for any one of the replicas, and never for nobody: rather no write than one that can be lost.
            { synchronous: { method: "any", number: 1, dataDurability: "required" } }
          : {}),
      },
      bootstrap: {
        // The operator insists on a database of its own; services have theirs as Database objects.
        initdb: { database: platformDatabase, owner: platformDatabase, dataChecksums: true, encoding: "UTF8" },
      },
      managed: { roles: [...roles.flatMap(rolesOf), loginRole(exporter)] },
      storage: { storageClass: server.storage.class, size: server.storage.data, resizeInUseVolumes: true },
      walStorage: { storageClass: server.storage.class, size: server.storage.wal, resizeInUseVolumes: true },
      ...(server.backups.kind === "none"
        ? {}
        : {
            plugins: [{ name: barmanPlugin, isWALArchiver: true, parameters: { barmanObjectName: objectStoreName } }],
          }),
      resources: { requests: { cpu, memory }, limits: { cpu: formatCores(parseQuantity(cpu) * 2), memory } },
      priorityClassName: "suoke-data",
      affinity: { enablePodAntiAffinity: true, topologyKey: "kubernetes.io/hostname", podAntiAffinityType: zoneSpread },
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: "topology.kubernetes.io/zone",
          whenUnsatisfiable: zoneSpread === "required" ? "DoNotSchedule" : "ScheduleAnyway",
          nodeTaintsPolicy: "Honor",
          labelSelector: { matchLabels: { "cnpg.io/cluster": postgresName } },
        },
      ],
      // A replica takes over without asking; the old primary comes back as a replica.
      primaryUpdateStrategy: "unsupervised",
      primaryUpdateMethod: "switchover",
      enableSuperuserAccess: false,
      enablePDB: true,
      // Half a minute for clients to leave, then three for the last of the log to be archived.
      smartShutdownTimeout: 30,
      stopDelay: 210,
    },
  };
}

function rolesOf({ owner, app, migrator, users }: DatabaseRoles): Role[] {
  return [
    groupRole(owner, "Owns the objects of a database."),
    groupRole(app, "May read and write rows."),
    ...[migrator, users.a, users.b].map(loginRole),
  ];
}

function groupRole(name: string, comment: string): Role {
  return { name, ensure: "present", login: false, comment };
}

function loginRole(login: Login): Role {
  return {
    name: login.role,
    ensure: "present",
    login: true,
    inRoles: [...login.inRoles],
    passwordSecret: { name: loginSecret(login) },
    comment: login.comment,
  };
}
