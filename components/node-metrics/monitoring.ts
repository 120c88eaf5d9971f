import type { Dashboard } from "../monitoring/dashboard.ts";
import { panel } from "../monitoring/dashboard.ts";
import type { Alert, Monitoring, Recording } from "../monitoring/monitoring.ts";
import { cadvisorMetrics, kubeletMetrics } from "./metrics.ts";
import { kubeletJob } from "./names.ts";

const dashboard: Dashboard = {
  uid: "suoke-nodes",
  title: "节点与存储卷 Nodes and volumes",
  services: false,
  rows: [
    {
      title: "存储卷 Volumes",
      panels: [
        panel(
          "占用率 Used",
          "percentunit",
          ["Used share of each volume, of its bytes and of its inodes.", "各存储卷容量与 inode 的占用率。"],
          { "{{persistentvolumeclaim}} {{resource}}": "suoke:volume_used:ratio" },
          { width: 12, above: 0.85 },
        ),
        panel(
          "可用空间 Bytes left",
          "bytes",
          ["What is left on each volume.", "各存储卷的剩余空间。"],
          { "{{persistentvolumeclaim}}": "max by (persistentvolumeclaim) (kubelet_volume_stats_available_bytes)" },
          { width: 12 },
        ),
      ],
    },
    {
      title: "节点 Nodes",
      panels: [
        panel(
          "CPU",
          "percentunit",
          ["Used share of each node's cores.", "各节点 CPU 使用率。"],
          {
            "{{node}}": "max by (node) (rate(node_cpu_usage_seconds_total[5m])) / max by (node) (machine_cpu_cores)",
          },
          { width: 8 },
        ),
        panel(
          "内存 Memory",
          "percentunit",
          [
            "Share of each node's memory that cannot be given up; close to 1 pods are killed.",
            "各节点不可回收内存占比，接近 1 时实例会被终止。",
          ],
          { "{{node}}": "suoke:node_memory:ratio" },
          { width: 8, above: 0.95 },
        ),
        panel(
          "磁盘 Disks",
          "percentunit",
          ["Used share of each node's disks. At 90 % pods are evicted.", "各节点磁盘占用率，90% 时实例被驱逐。"],
          { "{{node}} {{device}}": "suoke:node_disk:ratio" },
          { width: 8, above: 0.87 },
        ),
      ],
    },
    {
      title: "实例 Pods",
      panels: [
        panel(
          "CPU",
          "short",
          ["Cores that each pod uses.", "各实例使用的 CPU 核数。"],
          { "{{pod}}": "sum by (pod) (rate(container_cpu_usage_seconds_total[5m]))" },
          { width: 12 },
        ),
        panel(
          "内存 Memory",
          "bytes",
          ["Memory of each pod that cannot be given up.", "各实例不可回收的内存。"],
          { "{{pod}}": "sum by (pod) (container_memory_working_set_bytes)" },
          { width: 12 },
        ),
      ],
    },
  ],
};

/** Used share of a volume, by what there is too little of. While a claim moves, two nodes tell of it. */
function used(resource: string, left: string, all: string): Recording {
  const by = "max by (persistentvolumeclaim)";
  return {
    record: "suoke:volume_used:ratio",
    // Some file systems have as many inodes as one wants, and say 0.
    expr: `1 - ${by} (${left}) / ${by} (${all} > 0)`,
    labels: { resource },
  };
}

const recordings: readonly Recording[] = [
  used("bytes", "kubelet_volume_stats_available_bytes", "kubelet_volume_stats_capacity_bytes"),
  used("inodes", "kubelet_volume_stats_inodes_free", "kubelet_volume_stats_inodes"),
  {
    record: "suoke:node_disk:ratio",
    // Memory that looks like a disk is no disk.
    expr: ["usage", "limit"]
      .map((what) => `max by (node, device) (container_fs_${what}_bytes{device=~"/dev/.+", device!="/dev/shm"})`)
      .join(" / "),
  },
  {
    record: "suoke:node_memory:ratio",
    expr: "max by (node) (node_memory_working_set_bytes) / max by (node) (machine_memory_bytes)",
  },
];

/** Elasticsearch tells of its own disks, by what it will do at which share (ElasticsearchDiskFilling). */
const others = 'persistentvolumeclaim!~"elasticsearch-data-.+"';
const common = { severity: "warning", team: "platform", dashboard: dashboard.uid } as const;

const alerts: readonly Alert[] = [
  {
    name: "VolumeFilling",
    // Nearly full, or full within a day at the pace of the last six hours. Prometheus itself stays below 80 %.
    expr:
      `suoke:volume_used:ratio{${others}} > 0.85 ` +
      `or (suoke:volume_used:ratio{${others}} > 0.6 and predict_linear(suoke:volume_used:ratio[6h], 86400) > 1)`,
    for: "1h",
    ...common,
    inhibitedBy: [{ alert: "VolumeFull", equal: ["persistentvolumeclaim"] }],
    summary: {
      en: "The volume {{ $labels.persistentvolumeclaim }} fills",
      zh: "存储卷 {{ $labels.persistentvolumeclaim }} 即将写满",
    },
    description: {
      en: "{{ $value | humanizePercentage }} of its {{ $labels.resource }} are taken, or at this pace all of them within a day.",
      zh: "{{ $labels.resource }} 已占用 {{ $value | humanizePercentage }}，或按当前速度将在一天内写满。",
    },
  },
  {
    name: "VolumeFull",
    expr: `suoke:volume_used:ratio{${others}} > 0.95`,
    for: "5m",
    ...common,
    severity: "critical",
    summary: {
      en: "The volume {{ $labels.persistentvolumeclaim }} is nearly full",
      zh: "存储卷 {{ $labels.persistentvolumeclaim }} 几乎写满",
    },
    description: {
      en: "{{ $value | humanizePercentage }} of its {{ $labels.resource }} are taken: whoever writes there stops soon.",
      zh: "{{ $labels.resource }} 已占用 {{ $value | humanizePercentage }}，写入即将停止。",
    },
  },
  {
    name: "NodeDiskFilling",
    // From 85 % on kubelets remove images that nothing uses; at 90 % they evict pods.
    expr: "suoke:node_disk:ratio > 0.87",
    for: "15m",
    ...common,
    summary: {
      en: "The disk {{ $labels.device }} of {{ $labels.node }} fills",
      zh: "节点 {{ $labels.node }} 的磁盘 {{ $labels.device }} 即将写满",
    },
    description: {
      en: "{{ $value | humanizePercentage }} is taken, and removing unused images did not help. At 90 % pods are evicted.",
      zh: "已占用 {{ $value | humanizePercentage }}，清理镜像无效；达到 90% 时实例将被驱逐。",
    },
  },
  {
    name: "NodeMemoryLow",
    expr: "suoke:node_memory:ratio > 0.95",
    for: "10m",
    ...common,
    summary: { en: "{{ $labels.node }} runs out of memory", zh: "节点 {{ $labels.node }} 内存不足" },
    description: {
      en: "{{ $value | humanizePercentage }} of its memory cannot be given up: the kernel or the kubelet will end pods.",
      zh: "不可回收内存占 {{ $value | humanizePercentage }}，内核或 kubelet 将终止实例。",
    },
  },
  {
    name: "NodeMetricsMissing",
    expr: `absent(up{job="${kubeletJob}"} == 1)`,
    for: "15m",
    ...common,
    summary: { en: "Nobody says how full volumes and nodes are", zh: "缺少存储卷与节点指标" },
    description: {
      en: "No kubelet is heard of: VolumeFull, VolumeFilling and the nodes' alerts cannot fire.",
      zh: "未收到任何 kubelet 指标，存储卷与节点告警无法触发。",
    },
  },
];

/** How full the environment's volumes are, and the nodes that its pods run on. */
export const nodeMonitoring: Monitoring = {
  system: "nodes",
  exposed: [
    { by: "kubelets of Kubernetes 1.36", metrics: Object.values(kubeletMetrics).flat() },
    { by: "cAdvisor 0.56 in kubelets", metrics: Object.values(cadvisorMetrics).flat() },
  ],
  dashboards: [dashboard],
  groups: [{ name: "suoke-nodes", recordings, alerts }],
};
