import type { Manifest, Metadata } from "../../kubernetes/manifest.ts";
import { secretManifest } from "../../kubernetes/secret-manifest.ts";
import { setting } from "../../kubernetes/secrets.ts";
import type { Rotations } from "../../kubernetes/secrets.ts";
import type { Backups } from "./data.ts";
import { postgresName } from "./databases.ts";

export const barmanPlugin = "barman-cloud.cloudnative-pg.io";
export const objectStoreName = "postgres-backups";
const credentials = "postgres-backup-credentials";

type Store = Extract<Backups, { kind: "objectStore" }>;

/** Where base backups and the write-ahead log go, and when a base backup is taken. */
export function backupManifests(
  store: Store,
  rotations: Rotations,
  meta: (name: string) => Metadata & { readonly namespace: string },
): Manifest[] {
  const rotation = rotations("postgres-backups");
  return [
    secretManifest({
      ...meta(credentials),
      values: {
        "access-key-id": setting("postgres.backups.accessKeyId", { rotation }),
        "secret-access-key": setting("postgres.backups.secretAccessKey", { rotation }),
      },
    }),
    {
      object: {
        apiVersion: "barmancloud.cnpg.io/v1",
        kind: "ObjectStore",
        metadata: meta(objectStoreName),
        spec: {
          configuration: {
            destinationPath: store.destination,
            ...(store.endpoint === undefined ? {} : { endpointURL: store.endpoint }),
            s3Credentials: {
              accessKeyId: { name: credentials, key: "access-key-id" },
              secretAccessKey: { name: credentials, key: "secret-access-key" },
            },
            wal: { compression: "zstd", maxParallel: 4 },
            data: { compression: "gzip", jobs: 2 },
          },
          retentionPolicy: `${store.retentionDays}d`,
          instanceSidecarConfiguration: {
            resources: {
              requests: { cpu: "50m", memory: "128Mi", "ephemeral-storage": "64Mi" },
              limits: { cpu: "500m", memory: "512Mi", "ephemeral-storage": "1Gi" },
            },
          },
        },
      },
      lifecycle: { protect: true, retainOnDelete: true },
    },
    {
      object: {
        apiVersion: "postgresql.cnpg.io/v1",
        kind: "ScheduledBackup",
        metadata: meta("postgres"),
        spec: {
          cluster: { name: postgresName },
          schedule: store.schedule,
          // The first one at once: until there is one, nothing can be restored.
          immediate: true,
          backupOwnerReference: "self",
          method: "plugin",
          pluginConfiguration: { name: barmanPlugin },
          // Reading the data takes from whoever serves less.
          target: "prefer-standby",
        },
      },
    },
  ];
}
