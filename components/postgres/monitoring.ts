import type { Dashboard } from "../monitoring/dashboard.ts";
import { panel } from "../monitoring/dashboard.ts";
import type { Alert, Monitoring } from "../monitoring/monitoring.ts";
import type { PostgresData } from "./data.ts";

/** Hours after which a base backup is too old: they are taken daily, and one that fails is noticed in the morning. */
const backupHours = 30;
/** Days after which a drill is overdue: there is one every Sunday. */
const drillDays = 8;

const dashboard: Dashboard = {
  uid: "suoke-postgres",
  title: "PostgreSQL",
  services: false,
  rows: [
    {
      title: "连接 Connections",
      panels: [
        panel(
          "连接占用 Connections in use",
          "percentunit",
          [
            "Share of max_connections; above 80 % somebody is told, at 100 % services fail.",
            "占 max_connections 的比例，超过 80% 告警，100% 时服务失败。",
          ],
          { "{{server}}": "suoke:postgres_connections:ratio" },
          { width: 12, above: 0.8 },
        ),
        panel(
          "等待连接 Clients that wait",
          "short",
          [
            "Clients of PgBouncer that have asked and wait for a server connection.",
            "在 PgBouncer 等待服务端连接的客户端数。",
          ],
          { "{{app}} {{database}}": "sum by (app, database) (cnpg_pgbouncer_pools_cl_waiting)" },
          { width: 12 },
        ),
      ],
    },
    {
      title: "查询 Queries",
      panels: [
        panel(
          "事务 Transactions",
          "ops",
          ["Committed and rolled back per second.", "每秒提交与回滚的事务数。"],
          {
            "{{datname}} commit": "sum by (datname) (rate(pg_stat_database_xact_commit[$__rate_interval]))",
            "{{datname}} rollback": "sum by (datname) (rate(pg_stat_database_xact_rollback[$__rate_interval]))",
          },
          { width: 12 },
        ),
        panel(
          "数据库大小 Database size",
          "bytes",
          ["Size of each database.", "各数据库大小。"],
          { "{{datname}}": "max by (datname) (pg_database_size_bytes)" },
          { width: 12 },
        ),
      ],
    },
    {
      title: "复制与备份 Replication and backups",
      panels: [
        panel(
          "复制延迟 Replication lag",
          "s",
          ["How far each replica is behind.", "各副本的复制延迟。"],
          { "{{pod}}": "cnpg_pg_replication_lag" },
          { width: 12, above: 30 },
        ),
        panel(
          "最近备份 Last base backup",
          "dateTimeFromNow",
          ["When the last base backup was completed.", "最近一次基础备份完成时间。"],
          { backup: "max(barman_cloud_cloudnative_pg_io_last_available_backup_timestamp) * 1000" },
          { kind: "stat", width: 12 },
        ),
      ],
    },
  ],
};

const common = { team: "platform", dashboard: "suoke-postgres" } as const;

const always: readonly Alert[] = [
  {
    name: "DatabaseDown",
    // Instances that are gone say nothing, so that the absence of a primary is what counts.
    expr: "absent(cnpg_pg_replication_in_recovery == 0)",
    for: "1m",
    severity: "critical",
    ...common,
    summary: { en: "PostgreSQL has no primary", zh: "PostgreSQL 没有主库" },
    description: {
      en: "No instance takes writes; a failover takes well under a minute.",
      zh: "没有实例可写入；正常故障切换远不到一分钟。",
    },
  },
  {
    name: "DatabaseInstanceDown",
    expr: "cnpg_collector_up == 0",
    for: "5m",
    severity: "warning",
    ...common,
    inhibitedBy: [{ alert: "DatabaseDown", equal: [] }],
    summary: { en: "The instance {{ $labels.pod }} does not run", zh: "实例 {{ $labels.pod }} 未运行" },
    description: {
      en: "Its manager answers, PostgreSQL in it does not: there is one less to fail over to.",
      zh: "实例管理器可达，但 PostgreSQL 无响应，可切换的实例减少。",
    },
  },
  {
    name: "DatabaseConnectionHigh",
    // All databases, users and states of a server together, of what it allows.
    expr: "suoke:postgres_connections:ratio > 0.8",
    for: "2m",
    severity: "warning",
    ...common,
    summary: { en: "PostgreSQL runs out of connections", zh: "数据库连接数过高" },
    description: {
      en: "{{ $value | humanizePercentage }} of the connections of {{ $labels.server }} are taken.",
      zh: "{{ $labels.server }} 的连接占用率: {{ $value | humanizePercentage }}",
    },
  },
  {
    name: "PoolerSaturated",
    expr: "sum by (app, database) (cnpg_pgbouncer_pools_cl_waiting) > 5",
    for: "5m",
    severity: "warning",
    ...common,
    summary: { en: "Clients wait for database connections", zh: "客户端在等待数据库连接" },
    description: {
      en: "{{ $value }} clients of {{ $labels.database }} have waited at {{ $labels.app }} for five minutes.",
      zh: "{{ $labels.database }} 有 {{ $value }} 个客户端在 {{ $labels.app }} 等待五分钟。",
    },
  },
  {
    name: "PartitionMissing",
    // A week: the job that makes them runs daily, and two months ahead.
    expr:
      "min by (partitioned) (cnpg_suoke_partitions_ahead_seconds) < 7 * 86400 " +
      "or max by (partitioned) (cnpg_suoke_partitions_default_rows) > 0",
    for: "1h",
    severity: "critical",
    ...common,
    summary: { en: "{{ $labels.partitioned }} runs out of partitions", zh: "{{ $labels.partitioned }} 缺少后续分区" },
    description: {
      en: "Its last partition ends within a week, or rows fall into the default one already.",
      zh: "最后一个分区将在一周内结束，或已有数据落入默认分区。",
    },
  },
  {
    name: "LongTransaction",
    expr: "max(pg_long_running_transactions_oldest_timestamp_seconds) > 1800",
    for: "5m",
    severity: "warning",
    ...common,
    summary: { en: "A transaction has been open for over half an hour", zh: "存在超过半小时的事务" },
    description: {
      en: "It keeps old rows from being cleaned up and may hold locks.",
      zh: "该事务阻止旧行清理并可能持有锁。",
    },
  },
];

const replicated: readonly Alert[] = [
  {
    name: "DatabaseReplicationLag",
    expr: "cnpg_pg_replication_lag > 30",
    for: "5m",
    severity: "warning",
    ...common,
    inhibitedBy: [{ alert: "DatabaseDown", equal: [] }],
    summary: { en: "The replica {{ $labels.pod }} is behind", zh: "副本 {{ $labels.pod }} 复制延迟过高" },
    description: {
      en: "It is {{ $value | humanizeDuration }} behind: reads are old, and a failover would lose time.",
      zh: "延迟 {{ $value | humanizeDuration }}，读取数据陈旧，故障切换会更慢。",
    },
  },
];

const backedUp: readonly Alert[] = [
  {
    name: "DatabaseArchiveFailing",
    expr: "cnpg_pg_stat_archiver_last_failed_time > cnpg_pg_stat_archiver_last_archived_time",
    for: "10m",
    severity: "critical",
    ...common,
    summary: { en: "The write-ahead log is not archived", zh: "WAL 归档失败" },
    description: {
      en: "What is written since cannot be restored, and the log's volume fills.",
      zh: "此后的写入无法恢复，且 WAL 磁盘将被写满。",
    },
  },
  {
    name: "DatabaseBackupTooOld",
    // Without one there is no series above zero, which is as bad as an old one.
    expr:
      `(time() - max(barman_cloud_cloudnative_pg_io_last_available_backup_timestamp > 0) > ${backupHours * 3600}) ` +
      "or absent(barman_cloud_cloudnative_pg_io_last_available_backup_timestamp > 0)",
    for: "1h",
    severity: "critical",
    ...common,
    summary: { en: "There is no base backup of the last day", zh: "最近一天没有基础备份" },
    description: {
      en: `The last one is older than ${backupHours} hours, or there is none.`,
      zh: `最近的备份早于 ${backupHours} 小时，或从未成功。`,
    },
  },
];

/** A drill that fails records nothing, so that the last good one grows old. */
const drilled: Alert = {
  name: "RestoreDrillTooOld",
  // Before the first one there is no series. One is missed when a Sunday has passed since there has been anything to restore.
  expr:
    `max by (datname) (cnpg_suoke_restore_drill_age_seconds) > ${drillDays} * 86400 ` +
    "or (absent(cnpg_suoke_restore_drill_age_seconds) " +
    "and on () (time() - min(barman_cloud_cloudnative_pg_io_first_recoverability_point > 0) > 7 * 86400))",
  for: "1h",
  severity: "warning",
  ...common,
  summary: { en: "No backup has been restored for over a week", zh: "超过一周没有成功的恢复演练" },
  description: {
    en: `The weekly drill has not succeeded for ${drillDays} days, or never: nobody knows whether backups are good.`,
    zh: `每周恢复演练已 ${drillDays} 天未成功或从未成功，无法确认备份可用。`,
  },
};

/** How a PostgreSQL of our own is watched: by its exporter, by the operator's instances and by the poolers. */
export function postgresMonitoring(server: PostgresData): Monitoring {
  const replicas = server.kind === "managed" && server.instances > 1;
  const backups = server.kind === "managed" && server.backups.kind !== "none";
  return {
    system: "postgres",
    exposed: [
      {
        by: "postgres_exporter 0.18",
        metrics: [
          "pg_stat_activity_count",
          "pg_settings_max_connections",
          "pg_stat_database_xact_commit",
          "pg_stat_database_xact_rollback",
          "pg_database_size_bytes",
          "pg_long_running_transactions_oldest_timestamp_seconds",
        ],
      },
      {
        by: "CloudNativePG 1.28",
        metrics: [
          "cnpg_collector_up",
          "cnpg_pg_replication_in_recovery",
          "cnpg_pg_replication_lag",
          "cnpg_suoke_partitions_ahead_seconds",
          "cnpg_suoke_partitions_default_rows",
          "cnpg_suoke_restore_drill_age_seconds",
          "cnpg_pg_stat_archiver_last_archived_time",
          "cnpg_pg_stat_archiver_last_failed_time",
          "cnpg_pgbouncer_pools_cl_waiting",
        ],
      },
      // The operator's own metrics of that name stay at 0 where the plugin takes the backups.
      {
        by: "Barman Cloud plugin 0.9",
        metrics: [
          "barman_cloud_cloudnative_pg_io_last_available_backup_timestamp",
          "barman_cloud_cloudnative_pg_io_first_recoverability_point",
        ],
      },
    ],
    dashboards: [dashboard],
    groups: [
      {
        name: "suoke-postgres",
        recordings: [
          {
            record: "suoke:postgres_connections:ratio",
            expr: "sum by (server) (pg_stat_activity_count) / max by (server) (pg_settings_max_connections)",
          },
        ],
        alerts: [...always, ...(replicas ? replicated : []), ...(backups ? [...backedUp, drilled] : [])],
      },
    ],
  };
}
