import type { Metadata, ObjectOf } from "../../kubernetes/manifest.ts";
import { formatCores, parseQuantity } from "../../kubernetes/quantity.ts";
import { images } from "../images.ts";
import type { ManagedElasticsearch } from "./data.ts";
import { elasticsearchName } from "./names.ts";
import { snapshotsSecret } from "./snapshots.ts";
import { rolesSecret, userSecrets } from "./users.ts";

export interface ClusterArgs {
  readonly server: ManagedElasticsearch;
  readonly zoneSpread: "preferred" | "required";
}

/** The Elasticsearch that the operator makes: nodes, users, volumes. TLS between nodes and towards clients is its default. */
export function elasticsearchCluster(
  { server, zoneSpread }: ClusterArgs,
  metadata: Metadata,
): ObjectOf<"Elasticsearch"> {
  const { cpu, memory } = server.resources;
  const [, version = ""] = images.elasticsearch.split(":");
  return {
    apiVersion: "elasticsearch.k8s.elastic.co/v1",
    kind: "Elasticsearch",
    metadata: {
      ...metadata,
      // Pulumi goes on when the operator says that the cluster is there.
      annotations: { "pulumi.com/waitFor": "jsonpath={.status.phase}=Ready" },
    },
    spec: {
      version,
      image: images.elasticsearch,
      // The super user would be a credential that nothing here uses.
      auth: {
        disableElasticUser: true,
        fileRealm: userSecrets().map((secretName) => ({ secretName })),
        roles: [{ secretName: rolesSecret }],
      },
      ...(server.snapshots.kind === "none" ? {} : { secureSettings: [{ secretName: snapshotsSecret }] }),
      // The operator's own budget for disruptions depends on health: none while a shard has no copy.
      updateStrategy: { changeBudget: { maxUnavailable: 1 } },
      // Deleting it by mistake must not delete what it holds.
      volumeClaimDeletePolicy: "DeleteOnScaledownOnly",
      nodeSets: [
        {
          name: "all",
          count: server.nodes,
          config: {
            // Mapping files into memory needs a setting of the node's kernel (vm.max_map_count), which is not ours to make.
            "node.store.allow_mmap": false,
            // A node that is nearly full takes no more shards, and then no more writes: the defaults, as alerts go by them.
            "cluster.routing.allocation.disk.watermark.low": "85%",
            "cluster.routing.allocation.disk.watermark.high": "90%",
            "cluster.routing.allocation.disk.watermark.flood_stage": "95%",
            // Nobody deletes by a pattern; retention deletes by name.
            "action.destructive_requires_name": true,
            ...snapshotClient(server),
          },
          podTemplate: {
            metadata: { labels: { ...metadata.labels } },
            spec: {
              automountServiceAccountToken: false,
              enableServiceLinks: false,
              priorityClassName: "suoke-data",
              securityContext: {
                runAsNonRoot: true,
                // The user of the image.
                runAsUser: 1000,
                runAsGroup: 1000,
                fsGroup: 1000,
                fsGroupChangePolicy: "OnRootMismatch",
                seccompProfile: { type: "RuntimeDefault" },
              },
              topologySpreadConstraints: [
                {
                  maxSkew: 1,
                  topologyKey: "topology.kubernetes.io/zone",
                  whenUnsatisfiable: zoneSpread === "required" ? "DoNotSchedule" : "ScheduleAnyway",
                  nodeTaintsPolicy: "Honor",
                  labelSelector: { matchLabels: { app: elasticsearchName } },
                },
              ],
              containers: [
                {
                  name: "elasticsearch",
                  resources: {
                    // Memory is not shared: a node that is short of it is the first to be killed.
                    requests: { cpu, memory, "ephemeral-storage": "256Mi" },
                    limits: { cpu: formatCores(parseQuantity(cpu) * 2), memory, "ephemeral-storage": "1Gi" },
                  },
                },
              ],
            },
          },
          volumeClaimTemplates: [
            {
              apiVersion: "v1",
              kind: "PersistentVolumeClaim",
              // The name that the operator expects.
              metadata: { name: "elasticsearch-data" },
              spec: {
                accessModes: ["ReadWriteOnce"],
                storageClassName: server.storage.class,
                resources: { requests: { storage: server.storage.size } },
              },
            },
          ],
        },
      ],
    },
  };
}

function snapshotClient({ snapshots }: ManagedElasticsearch): Record<string, unknown> {
  return snapshots.kind === "none" || snapshots.endpoint === undefined
    ? {}
    : { "s3.client.default.endpoint": snapshots.endpoint };
}
