import type { Dashboard } from "../monitoring/dashboard.ts";
import { panel } from "../monitoring/dashboard.ts";
import type { Monitoring } from "../monitoring/monitoring.ts";

const dashboard: Dashboard = {
  uid: "suoke-elasticsearch",
  title: "Elasticsearch",
  services: false,
  rows: [
    {
      title: "集群 Cluster",
      panels: [
        panel(
          "磁盘占用 Disks",
          "percentunit",
          [
            "At 85 % a node takes no more shards, at 95 % it takes no more data.",
            "85% 时节点不再接收分片，95% 时变为只读。",
          ],
          { "{{name}}": "suoke:elasticsearch_disk:ratio" },
          { width: 12, above: 0.85 },
        ),
        panel(
          "状态 State",
          "bool_on_off",
          [
            "Red: data is missing. Yellow: copies are missing, which is normal with one node.",
            "红：数据缺失；黄：副本缺失（单节点时正常）。",
          ],
          { "{{color}}": "max by (color) (elasticsearch_cluster_health_status)" },
          { kind: "state-timeline", width: 12 },
        ),
        panel(
          "未分配分片 Unassigned shards",
          "short",
          ["Shards or copies on no node.", "未分配到任何节点的分片。"],
          { shards: "max(elasticsearch_cluster_health_unassigned_shards)" },
          { width: 12 },
        ),
        panel(
          "堆内存 Heap",
          "percentunit",
          ["Used share of each node's heap.", "各节点堆内存占用率。"],
          {
            "{{name}}":
              'sum by (name) (elasticsearch_jvm_memory_used_bytes{area="heap"}) ' +
              '/ sum by (name) (elasticsearch_jvm_memory_max_bytes{area="heap"})',
          },
          { width: 12, above: 0.9 },
        ),
      ],
    },
  ],
};

const common = { team: "platform", dashboard: dashboard.uid } as const;

/** How Elasticsearch is watched. Nobody waits for it, so that only a disk that will end in loss wakes anybody. */
export const elasticsearchMonitoring: Monitoring = {
  system: "elasticsearch",
  exposed: [
    {
      by: "elasticsearch_exporter 1.10",
      metrics: [
        "elasticsearch_cluster_health_status",
        "elasticsearch_cluster_health_unassigned_shards",
        "elasticsearch_filesystem_data_available_bytes",
        "elasticsearch_filesystem_data_size_bytes",
        "elasticsearch_jvm_memory_used_bytes",
        "elasticsearch_jvm_memory_max_bytes",
      ],
    },
  ],
  dashboards: [dashboard],
  groups: [
    {
      name: "suoke-elasticsearch",
      recordings: [
        {
          record: "suoke:elasticsearch_disk:ratio",
          expr:
            "1 - max by (name) (elasticsearch_filesystem_data_available_bytes) " +
            "/ max by (name) (elasticsearch_filesystem_data_size_bytes)",
        },
      ],
      alerts: [
        {
          name: "ElasticsearchDiskFilling",
          // Below the low watermark of 85 %, so that there is time to act in working hours.
          expr: "suoke:elasticsearch_disk:ratio > 0.8",
          for: "30m",
          severity: "warning",
          ...common,
          inhibitedBy: [{ alert: "ElasticsearchDiskFull", equal: ["name"] }],
          summary: { en: "The disk of {{ $labels.name }} fills", zh: "{{ $labels.name }} 磁盘即将写满" },
          description: {
            en: "{{ $value | humanizePercentage }} is taken; from 85 % on the node takes no more shards.",
            zh: "已占用 {{ $value | humanizePercentage }}，达到 85% 后节点不再接收分片。",
          },
        },
        {
          name: "ElasticsearchDiskFull",
          // The high watermark; at the flood stage of 95 % indices become read-only.
          expr: "suoke:elasticsearch_disk:ratio > 0.9",
          for: "5m",
          severity: "critical",
          ...common,
          summary: { en: "The disk of {{ $labels.name }} is nearly full", zh: "{{ $labels.name }} 磁盘几乎写满" },
          description: {
            en: "{{ $value | humanizePercentage }} is taken; at 95 % nothing is written any more, and spans and log lines are lost once queues are full.",
            zh: "已占用 {{ $value | humanizePercentage }}，达到 95% 后停止写入，队列写满后数据丢失。",
          },
        },
        {
          name: "ElasticsearchUnhealthy",
          expr:
            'max(elasticsearch_cluster_health_status{color="red"}) == 1 ' +
            'or absent(elasticsearch_cluster_health_status{color="red"})',
          for: "10m",
          severity: "warning",
          ...common,
          summary: { en: "Elasticsearch is red or away", zh: "Elasticsearch 状态为红或不可用" },
          description: {
            en: "Some indices cannot be written or read, or nobody answers: queues fill in the meantime.",
            zh: "部分索引不可读写或集群无响应，队列将逐渐增长。",
          },
        },
      ],
    },
  ],
};
