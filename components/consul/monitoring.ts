import type { Dashboard } from "../monitoring/dashboard.ts";
import { panel } from "../monitoring/dashboard.ts";
import type { Monitoring } from "../monitoring/monitoring.ts";
import { snapshotStatus } from "./scripts.ts";

/** Snapshots are hourly: three missed in a row are no chance. */
const snapshotHours = 3;

const lastSnapshot = `max(consul_catalog_kv{key="${snapshotStatus.time}"})`;

const dashboard: Dashboard = {
  uid: "suoke-consul",
  title: "Consul",
  services: false,
  rows: [
    {
      title: "服务器 Servers",
      panels: [
        panel(
          "主节点 Leader",
          "bool_on_off",
          ["Whether the servers have a leader.", "是否存在主节点。"],
          { leader: "min(consul_raft_leader)" },
          { kind: "stat", width: 8, below: 1 },
        ),
        panel(
          "成员 Members alive",
          "short",
          ["Members of the cluster that live.", "存活的集群成员数。"],
          { alive: "count(consul_serf_lan_member_status == 1)" },
          { width: 8 },
        ),
        panel(
          "最近快照 Last snapshot",
          "dateTimeFromNow",
          ["When the last good snapshot was taken; hourly.", "最近一次成功快照时间，每小时一次。"],
          { snapshot: `${lastSnapshot} * 1000` },
          { kind: "stat", width: 8 },
        ),
      ],
    },
    {
      title: "服务 Services",
      panels: [
        panel(
          "不健康的检查 Failing checks",
          "short",
          ["Checks of services that are critical.", "状态为 critical 的服务检查。"],
          { "{{service_name}}": 'sum by (service_name) (consul_health_service_status{status="critical"})' },
          { width: 24 },
        ),
      ],
    },
  ],
};

const common = { team: "platform", dashboard: "suoke-consul" } as const;

/** How Consul's servers are watched, through their exporter. */
export const consulMonitoring: Monitoring = {
  system: "consul",
  exposed: [
    {
      by: "consul_exporter 0.13",
      metrics: [
        "consul_up",
        "consul_raft_leader",
        "consul_serf_lan_member_status",
        "consul_health_service_status",
        "consul_catalog_kv",
      ],
    },
  ],
  dashboards: [dashboard],
  groups: [
    {
      name: "suoke-consul",
      recordings: [],
      alerts: [
        {
          name: "ConsulWithoutLeader",
          expr: "min(consul_raft_leader) == 0 or min(consul_up) == 0",
          for: "1m",
          severity: "critical",
          ...common,
          summary: { en: "Consul has no leader", zh: "Consul 没有主节点" },
          description: {
            en: "More than half of the servers are gone or cut off: configuration cannot be read or written.",
            zh: "多数服务器失联，配置无法读写。",
          },
        },
        {
          name: "ConsulMemberLost",
          // 1 alive, 2 leaving, 3 left, 4 failed.
          expr: "consul_serf_lan_member_status == 4",
          for: "5m",
          severity: "warning",
          ...common,
          inhibitedBy: [{ alert: "ConsulWithoutLeader", equal: [] }],
          summary: {
            en: "The Consul server {{ $labels.member }} has failed",
            zh: "Consul 服务器 {{ $labels.member }} 失效",
          },
          description: {
            en: "The others still agree; the next loss may end that.",
            zh: "其余节点仍可达成一致，再失去一个可能失去仲裁。",
          },
        },
        {
          name: "ConsulSnapshotTooOld",
          expr: `time() - ${lastSnapshot} > ${snapshotHours * 3600} or absent(consul_catalog_kv{key="${snapshotStatus.time}"})`,
          for: "15m",
          severity: "warning",
          ...common,
          inhibitedBy: [{ alert: "ConsulWithoutLeader", equal: [] }],
          summary: { en: "There is no recent snapshot of Consul", zh: "Consul 没有近期快照" },
          description: {
            en: `The last good one is older than ${snapshotHours} hours, or there is none.`,
            zh: `最近成功的快照早于 ${snapshotHours} 小时，或从未成功。`,
          },
        },
      ],
    },
  ],
};
