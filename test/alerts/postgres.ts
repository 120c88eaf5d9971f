import type { AlertCase } from "../support/metrics/cases.ts";
import { level } from "../support/metrics/cases.ts";

const platform = { team: "platform" };
const warning = { ...platform, severity: "warning" };
const critical = { ...platform, severity: "critical" };

export const postgresCases: readonly AlertCase[] = [
  {
    alert: "DatabaseDown",
    fires: [
      // Only replicas are left; or nothing is.
      { series: { 'cnpg_pg_replication_in_recovery{pod="postgres-2"}': "1x20" }, at: "1m", labels: [critical] },
      { series: {}, at: "1m", labels: [critical] },
    ],
    silent: [
      { series: { 'cnpg_pg_replication_in_recovery{pod="postgres-2"}': "1x20" }, at: "45s" },
      {
        series: {
          'cnpg_pg_replication_in_recovery{pod="postgres-1"}': "0x40",
          'cnpg_pg_replication_in_recovery{pod="postgres-2"}': "1x40",
        },
        at: "8m",
      },
    ],
    resolves: {
      series: { 'cnpg_pg_replication_in_recovery{pod="postgres-2"}': "1x8 0x20" },
      firedAt: "2m",
      at: "2m15s",
    },
  },
  level({
    alert: "DatabaseInstanceDown",
    series: (value) => ({ 'cnpg_collector_up{pod="postgres-2"}': value }),
    bad: 0,
    good: 1,
    seconds: 300,
    labels: [{ ...warning, pod: "postgres-2" }],
  }),
  level({
    alert: "DatabaseConnectionHigh",
    // Spread over databases and states, as the exporter has them: the plan's rule saw none of the parts above its limit.
    series: (value) => ({
      'pg_stat_activity_count{server="rw", datname="auth", state="active"}': value,
      'pg_stat_activity_count{server="rw", datname="auth", state="idle"}': "80x60",
      'pg_stat_activity_count{server="rw", datname="user", state="idle"}': "80x60",
      'pg_settings_max_connections{server="rw"}': "300x60",
    }),
    bad: 81,
    good: 80,
    seconds: 120,
    labels: [{ ...warning, server: "rw" }],
  }),
  level({
    alert: "PoolerSaturated",
    series: (value) => ({
      'cnpg_pgbouncer_pools_cl_waiting{app="postgres-pooler-rw", database="auth", pod="a"}': value,
      'cnpg_pgbouncer_pools_cl_waiting{app="postgres-pooler-rw", database="auth", pod="b"}': "3x80",
    }),
    bad: 3,
    good: 2,
    seconds: 300,
    labels: [{ ...warning, app: "postgres-pooler-rw", database: "auth" }],
  }),
  level({
    alert: "PartitionMissing",
    series: (value) => ({
      'cnpg_suoke_partitions_ahead_seconds{partitioned="user_health_data", pod="postgres-1"}': value,
      'cnpg_suoke_partitions_default_rows{partitioned="user_health_data", pod="postgres-1"}': "0x300",
    }),
    bad: 604799,
    good: 604800,
    seconds: 3600,
    labels: [{ ...critical, partitioned: "user_health_data" }],
  }),
  level({
    alert: "LongTransaction",
    series: (value) => ({ pg_long_running_transactions_oldest_timestamp_seconds: value }),
    bad: 1801,
    good: 1800,
    seconds: 300,
    labels: [warning],
  }),
  level({
    alert: "DatabaseReplicationLag",
    series: (value) => ({ 'cnpg_pg_replication_lag{pod="postgres-2"}': value }),
    bad: 31,
    good: 30,
    seconds: 300,
    labels: [{ ...warning, pod: "postgres-2" }],
  }),
  level({
    alert: "DatabaseArchiveFailing",
    series: (value) => ({
      'cnpg_pg_stat_archiver_last_failed_time{pod="postgres-1"}': value,
      'cnpg_pg_stat_archiver_last_archived_time{pod="postgres-1"}': "1000x100",
    }),
    bad: 1001,
    good: 1000,
    seconds: 600,
    labels: [{ ...critical, pod: "postgres-1" }],
  }),
  {
    alert: "DatabaseBackupTooOld",
    fires: [
      // Time starts at zero here: the backup of second 1 is thirty hours old at 30 h and 1 s.
      {
        series: { 'barman_cloud_cloudnative_pg_io_last_available_backup_timestamp{pod="postgres-1"}': "1x8000" },
        at: "31h15s",
        labels: [critical],
      },
      // There never was one: the plugin says 0.
      {
        series: { 'barman_cloud_cloudnative_pg_io_last_available_backup_timestamp{pod="postgres-1"}': "0x300" },
        at: "1h",
        labels: [critical],
      },
    ],
    silent: [
      {
        series: { 'barman_cloud_cloudnative_pg_io_last_available_backup_timestamp{pod="postgres-1"}': "1x8000" },
        at: "31h",
      },
      {
        series: { 'barman_cloud_cloudnative_pg_io_last_available_backup_timestamp{pod="postgres-1"}': "0x300" },
        at: "59m45s",
      },
    ],
    resolves: {
      series: { 'barman_cloud_cloudnative_pg_io_last_available_backup_timestamp{pod="postgres-1"}': "0x300 3600x100" },
      firedAt: "1h5m",
      at: "1h20m",
    },
  },
  {
    alert: "RestoreDrillTooOld",
    fires: [
      {
        series: { 'cnpg_suoke_restore_drill_age_seconds{datname="health", pod="postgres-1"}': "691201x300" },
        at: "1h",
        labels: [{ ...warning, datname: "health" }],
      },
      // Something to restore has been there since second 1, and a week later no drill has ever succeeded.
      {
        series: { 'barman_cloud_cloudnative_pg_io_first_recoverability_point{pod="postgres-1"}': "1x3000" },
        interval: "5m",
        at: "169h10m",
        labels: [warning],
      },
    ],
    silent: [
      {
        series: { 'cnpg_suoke_restore_drill_age_seconds{datname="health", pod="postgres-1"}': "691201x300" },
        at: "59m45s",
      },
      {
        series: { 'cnpg_suoke_restore_drill_age_seconds{datname="health", pod="postgres-1"}': "691200x300" },
        at: "1h10m",
      },
      {
        series: { 'barman_cloud_cloudnative_pg_io_first_recoverability_point{pod="postgres-1"}': "1x3000" },
        interval: "5m",
        at: "168h55m",
      },
    ],
    resolves: {
      series: { 'cnpg_suoke_restore_drill_age_seconds{datname="health", pod="postgres-1"}': "691201x260 60x100" },
      firedAt: "1h4m",
      at: "1h15m",
    },
  },
];
