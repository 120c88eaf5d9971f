import type { Dashboard } from "../monitoring/dashboard.ts";
import { panel } from "../monitoring/dashboard.ts";
import type { Alert, Monitoring } from "../monitoring/monitoring.ts";
import type { RedisMetrics } from "./exporter.ts";
import { sentinelPort } from "./layout.ts";

/** Series of the installation that must lose nothing. */
const durable = 'instance=~"redis://redis-durable.*"';

const dashboard: Dashboard = {
  uid: "suoke-redis",
  title: "Redis",
  services: false,
  rows: [
    {
      title: "内存 Memory",
      panels: [
        panel(
          "内存占用 Memory in use",
          "percentunit",
          [
            "Of what a server may use. The cache evicts when it is full; the durable one refuses writes.",
            "占内存上限的比例。缓存写满后淘汰，持久实例写满后拒绝写入。",
          ],
          { "{{instance}}": "suoke:redis_memory:ratio" },
          { width: 12, above: 0.9 },
        ),
        panel(
          "淘汰 Evictions",
          "ops",
          ["Keys evicted per second; never any in the durable one.", "每秒淘汰的键；持久实例应始终为零。"],
          { "{{instance}}": "rate(redis_evicted_keys_total[$__rate_interval])" },
          { width: 12 },
        ),
      ],
    },
    {
      title: "负载 Load",
      panels: [
        panel(
          "命令 Commands",
          "ops",
          ["Commands per second.", "每秒命令数。"],
          { "{{instance}}": "rate(redis_commands_processed_total[$__rate_interval])" },
          { width: 12 },
        ),
        panel(
          "命中率 Cache hits",
          "percentunit",
          ["Share of reads that found their key.", "读取命中的比例。"],
          {
            "{{instance}}":
              "sum by (instance) (rate(redis_keyspace_hits_total[$__rate_interval])) / " +
              "sum by (instance) (rate(redis_keyspace_hits_total[$__rate_interval]) + rate(redis_keyspace_misses_total[$__rate_interval]))",
          },
          { width: 12 },
        ),
      ],
    },
    {
      title: "Saga",
      panels: [
        panel(
          "Saga 状态 Sagas by state",
          "short",
          ["Sagas that are kept, by state.", "各状态的 Saga 数量。"],
          { "{{key}}": 'max by (key) (redis_script_values{key=~"saga_state_.*"})' },
          { width: 12 },
        ),
        panel(
          "停滞 Stuck",
          "short",
          ["Sagas that have not ended ten minutes after their start.", "开始十分钟后仍未结束的 Saga。"],
          { stuck: 'max(redis_script_values{key="saga_stuck"})' },
          { width: 12, above: 1 },
        ),
      ],
    },
  ],
};

/** Series of the installation that may forget. */
const cache = 'instance=~"redis://redis-cache.*"';

const common = { team: "platform", dashboard: "suoke-redis" } as const;

const sentinelsLost: Alert = {
  name: "RedisSentinelsWithoutQuorum",
  expr: "max by (instance, master_name) (redis_sentinel_master_ckquorum_status) == 0",
  for: "5m",
  severity: "critical",
  ...common,
  summary: {
    en: "The Sentinels of {{ $labels.master_name }} cannot agree",
    zh: "{{ $labels.master_name }} 的 Sentinel 无法达成多数",
  },
  description: {
    en: "{{ $labels.instance }} does not reach enough others: everything works until the primary dies, and then nothing does.",
    zh: "{{ $labels.instance }} 无法联系足够的 Sentinel：主节点一旦故障将无法切换。",
  },
};

function alertsOf(installations: readonly string[], sentinels: boolean): readonly Alert[] {
  return [
    {
      name: "RedisDown",
      expr: "redis_up == 0",
      for: "2m",
      severity: "critical",
      ...common,
      summary: { en: "{{ $labels.instance }} does not answer", zh: "{{ $labels.instance }} 无响应" },
      description: {
        en: "The exporter has not reached it for two minutes. With replicas, Sentinel has chosen another primary by now.",
        zh: "导出器两分钟无法连接。若有副本，Sentinel 此时应已完成切换。",
      },
    },
    {
      name: "RedisWithoutPrimary",
      expr: installations
        .map((name) => `absent(redis_instance_info{role="master", instance=~"redis://${name}.*"})`)
        .join(" or "),
      for: "1m",
      severity: "critical",
      ...common,
      summary: { en: "A Redis installation has no primary", zh: "Redis 没有主节点" },
      description: {
        en: "Nothing can be written to {{ $labels.instance }}; a failover takes seconds.",
        zh: "无法写入；正常故障切换只需数秒。",
      },
    },
    {
      name: "RedisMemoryHigh",
      // The cache is meant to be full; what must lose nothing refuses writes when it is.
      expr: `suoke:redis_memory:ratio{${durable}} > 0.9`,
      for: "5m",
      severity: "critical",
      ...common,
      summary: { en: "{{ $labels.instance }} is about to refuse sagas", zh: "{{ $labels.instance }} 即将拒绝写入" },
      description: {
        en: "{{ $value | humanizePercentage }} of its memory is taken; when it is full no saga can begin or go on.",
        zh: "内存已用 {{ $value | humanizePercentage }}，写满后 Saga 无法开始或继续。",
      },
    },
    {
      name: "RedisDurableEvicting",
      expr: `increase(redis_evicted_keys_total{${durable}}[5m]) > 0`,
      for: "0s",
      keepFiringFor: "15m",
      severity: "critical",
      ...common,
      summary: {
        en: "{{ $labels.instance }} evicts keys that must stay",
        zh: "{{ $labels.instance }} 淘汰了不应过期的键",
      },
      description: {
        en: "Sagas are lost: its policy must be noeviction, and somebody has changed it.",
        zh: "Saga 正在丢失：策略应为 noeviction，已被修改。",
      },
    },
    {
      name: "RedisNotPersisting",
      expr: `redis_aof_last_write_status{${durable}} == 0 or redis_aof_last_bgrewrite_status{${durable}} == 0`,
      for: "5m",
      severity: "critical",
      ...common,
      summary: { en: "{{ $labels.instance }} cannot write its log", zh: "{{ $labels.instance }} 无法写入 AOF" },
      description: {
        en: "A restart would lose what is not on disk; it refuses writes until it can.",
        zh: "重启将丢失未落盘数据；恢复前拒绝写入。",
      },
    },
    {
      name: "RedisRejectsConnections",
      expr: "increase(redis_rejected_connections_total[5m]) > 0",
      for: "0s",
      keepFiringFor: "10m",
      severity: "critical",
      ...common,
      summary: { en: "{{ $labels.instance }} turns clients away", zh: "{{ $labels.instance }} 拒绝客户端连接" },
      description: {
        en: "It has as many connections as it takes (maxclients): services fail at random.",
        zh: "连接数已达上限（maxclients），服务将随机失败。",
      },
    },
    {
      name: "RedisCacheTooSmall",
      // A cache is full and evicts all the time. It is too small when what it evicts is asked for again.
      expr:
        `(suoke:redis_cache_hits:ratio < 0.5) and on (instance) ` +
        `(rate(redis_evicted_keys_total{${cache}}[15m]) > 0)`,
      for: "30m",
      severity: "warning",
      ...common,
      summary: { en: "The cache evicts what is asked for", zh: "缓存淘汰了仍需的数据" },
      description: {
        en: "Only {{ $value | humanizePercentage }} of reads find their key while keys are evicted for want of memory.",
        zh: "内存不足持续淘汰，读取命中率仅 {{ $value | humanizePercentage }}。",
      },
    },
    ...(sentinels ? [sentinelsLost] : []),
    {
      name: "RedisReplicaDisconnected",
      expr: "redis_master_link_up == 0",
      for: "5m",
      severity: "warning",
      ...common,
      inhibitedBy: [{ alert: "RedisWithoutPrimary", equal: [] }],
      summary: { en: "The replica {{ $labels.instance }} does not follow", zh: "副本 {{ $labels.instance }} 未同步" },
      description: {
        en: "It has no connection to its primary: one less to fail over to.",
        zh: "与主节点断开，可切换的副本减少。",
      },
    },
    {
      name: "SagaStuck",
      expr: 'max(redis_script_values{key="saga_stuck"}) > 0',
      for: "5m",
      severity: "critical",
      team: "health",
      dashboard: "suoke-redis",
      summary: { en: "{{ $value }} sagas are stuck", zh: "{{ $value }} 个 Saga 停滞" },
      description: {
        en: "They began over ten minutes ago and neither ended nor were undone; the worst case is under eight.",
        zh: "开始超过十分钟仍未完成或补偿，最坏情况应少于八分钟。",
      },
    },
    {
      name: "SagaBacklog",
      expr: 'sum(max by (key) (redis_script_values{key=~"saga_state_(pending|running|compensating)"})) > 500',
      for: "10m",
      severity: "warning",
      team: "health",
      dashboard: "suoke-redis",
      summary: { en: "{{ $value }} sagas are under way", zh: "{{ $value }} 个 Saga 正在进行" },
      description: {
        en: "More begin than end: an agent or the database behind them is slow.",
        zh: "开始多于结束，其依赖的智能体或数据库变慢。",
      },
    },
  ];
}

/** How Redis and the sagas in it are watched, through an exporter that asks each server and Sentinel. */
export function redisMonitoring({ endpoint, targets }: RedisMetrics): Monitoring {
  return {
    system: "redis",
    exposed: [
      {
        by: "redis_exporter 1.88",
        metrics: [
          "redis_up",
          "redis_instance_info",
          "redis_memory_used_bytes",
          "redis_memory_max_bytes",
          "redis_evicted_keys_total",
          "redis_rejected_connections_total",
          "redis_commands_processed_total",
          "redis_keyspace_hits_total",
          "redis_keyspace_misses_total",
          "redis_aof_last_write_status",
          "redis_aof_last_bgrewrite_status",
          "redis_master_link_up",
          "redis_script_values",
          "redis_sentinel_master_ckquorum_status",
        ],
      },
    ],
    dashboards: [dashboard],
    multiTargets: [
      { exporter: endpoint.host, port: endpoint.port, path: "/scrape", params: {}, targets, labels: { app: "redis" } },
    ],
    groups: [
      {
        name: "suoke-redis",
        recordings: [
          { record: "suoke:redis_memory:ratio", expr: "redis_memory_used_bytes / (redis_memory_max_bytes > 0)" },
          {
            record: "suoke:redis_cache_hits:ratio",
            expr:
              `sum by (instance) (rate(redis_keyspace_hits_total{${cache}}[15m])) / ` +
              `sum by (instance) (rate(redis_keyspace_hits_total{${cache}}[15m]) + rate(redis_keyspace_misses_total{${cache}}[15m]))`,
          },
        ],
        alerts: alertsOf(
          ["redis-cache", "redis-durable"].filter((name) => targets.some((target) => target.includes(name))),
          targets.some((target) => target.endsWith(`:${sentinelPort}`)),
        ),
      },
    ],
  };
}
