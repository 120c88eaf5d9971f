import type { AlertCase } from "../support/metrics/cases.ts";
import { level } from "../support/metrics/cases.ts";

const warning = { team: "platform", severity: "warning" };
const critical = { team: "platform", severity: "critical" };
const self = { job: "prometheus" };

export const platformCases: readonly AlertCase[] = [
  {
    alert: "Watchdog",
    // It has no safe side: what matters is that it is there from the first evaluation on, and never stops.
    fires: [
      { series: {}, at: "0s", labels: [{ team: "platform", severity: "info" }] },
      { series: {}, at: "1d", labels: [{ team: "platform", severity: "info" }] },
    ],
    silent: [],
  },
  level({
    alert: "TargetDown",
    series: (value) => ({ 'up{job="infrastructure", app="postgres-exporter", pod="a"}': value }),
    bad: 0,
    good: 1,
    seconds: 300,
    labels: [{ ...warning, job: "infrastructure", app: "postgres-exporter" }],
  }),
  level({
    alert: "PrometheusConfigReloadFailed",
    series: (value) => ({ 'prometheus_config_last_reload_successful{job="prometheus"}': value }),
    bad: 0,
    good: 1,
    seconds: 300,
    labels: [{ ...warning, ...self }],
  }),
  {
    alert: "PrometheusRuleFailures",
    fires: [
      {
        series: { 'prometheus_rule_evaluation_failures_total{job="prometheus", rule_group="g"}': "0+1x80" },
        at: "10m15s",
        labels: [{ ...critical, ...self, rule_group: "g" }],
      },
      {
        series: { 'prometheus_rule_group_iterations_missed_total{job="prometheus", rule_group="g"}': "0+1x80" },
        at: "10m15s",
        labels: [{ ...critical, ...self, rule_group: "g" }],
      },
    ],
    silent: [
      {
        series: { 'prometheus_rule_evaluation_failures_total{job="prometheus", rule_group="g"}': "0+1x80" },
        at: "10m",
      },
      { series: { 'prometheus_rule_evaluation_failures_total{job="prometheus", rule_group="g"}': "5x80" }, at: "18m" },
    ],
    resolves: {
      series: { 'prometheus_rule_evaluation_failures_total{job="prometheus", rule_group="g"}': "0+1x48 48x60" },
      firedAt: "12m",
      at: "18m",
    },
  },
  level({
    alert: "PrometheusWithoutAlertmanager",
    series: (value) => ({ 'prometheus_notifications_alertmanagers_discovered{job="prometheus"}': value }),
    bad: 0,
    good: 1,
    seconds: 300,
    labels: [{ ...critical, ...self }],
  }),
  {
    alert: "PrometheusNotIngesting",
    fires: [
      {
        series: { 'prometheus_tsdb_head_samples_appended_total{job="prometheus"}': "5x80" },
        at: "10m15s",
        labels: [{ ...critical, ...self }],
      },
      {
        series: { 'prometheus_tsdb_compactions_failed_total{job="prometheus"}': "0x4 1x200" },
        at: "11m15s",
        labels: [{ ...critical, ...self }],
      },
    ],
    silent: [
      { series: { 'prometheus_tsdb_head_samples_appended_total{job="prometheus"}': "5x80" }, at: "10m" },
      { series: { 'prometheus_tsdb_head_samples_appended_total{job="prometheus"}': "0+1x80" }, at: "18m" },
    ],
    resolves: {
      series: { 'prometheus_tsdb_head_samples_appended_total{job="prometheus"}': "5x48 5+100x60" },
      firedAt: "12m",
      at: "13m",
    },
  },
  level({
    alert: "ScrapeSamplesHigh",
    series: (value) => ({
      'scrape_samples_scraped{job="suoke-life-services", service="auth-service", pod="a"}': value,
    }),
    bad: 20001,
    good: 20000,
    seconds: 900,
    labels: [{ ...warning, job: "suoke-life-services", service: "auth-service" }],
  }),
  {
    alert: "AlertmanagerNotificationsFailing",
    fires: [
      {
        series: {
          'alertmanager_notifications_total{integration="webhook", pod="a"}': "0+100x100",
          'alertmanager_notifications_failed_total{integration="webhook", pod="a", reason="other"}': "0+11x100",
        },
        at: "10m15s",
        labels: [{ ...critical, integration: "webhook" }],
      },
    ],
    silent: [
      {
        series: {
          'alertmanager_notifications_total{integration="webhook", pod="a"}': "0+100x100",
          'alertmanager_notifications_failed_total{integration="webhook", pod="a", reason="other"}': "0+11x100",
        },
        at: "10m",
      },
      {
        series: {
          'alertmanager_notifications_total{integration="webhook", pod="a"}': "0+100x100",
          'alertmanager_notifications_failed_total{integration="webhook", pod="a", reason="other"}': "0+10x100",
        },
        at: "24m",
      },
    ],
    resolves: {
      series: {
        'alertmanager_notifications_total{integration="webhook", pod="a"}': "0+100x200",
        'alertmanager_notifications_failed_total{integration="webhook", pod="a", reason="other"}': "0+20x60 1200x140",
      },
      firedAt: "15m",
      at: "45m",
    },
  },
  level({
    alert: "AlertmanagerClusterBroken",
    series: (value) => ({
      'alertmanager_cluster_members{pod="alertmanager-0"}': value,
      'alertmanager_cluster_members{pod="alertmanager-1"}': "3x120",
    }),
    bad: 2,
    good: 3,
    seconds: 900,
    labels: [warning],
  }),
  level({
    alert: "ConsulWithoutLeader",
    series: (value) => ({ consul_raft_leader: value, consul_up: "1x60" }),
    bad: 0,
    good: 1,
    seconds: 60,
    labels: [critical],
  }),
  level({
    alert: "ConsulMemberLost",
    series: (value) => ({ 'consul_serf_lan_member_status{member="consul-2"}': value }),
    bad: 4,
    good: 3,
    seconds: 300,
    labels: [{ ...warning, member: "consul-2" }],
  }),
  {
    alert: "ConsulSnapshotTooOld",
    fires: [
      {
        series: { 'consul_catalog_kv{key="suoke/status/snapshot/last-success"}': "1x1000" },
        at: "3h15m15s",
        labels: [warning],
      },
      // There never was one.
      { series: {}, at: "15m", labels: [{ ...warning, key: "suoke/status/snapshot/last-success" }] },
    ],
    silent: [
      { series: { 'consul_catalog_kv{key="suoke/status/snapshot/last-success"}': "1x1000" }, at: "3h15m" },
      { series: {}, at: "14m45s" },
    ],
    resolves: {
      series: { 'consul_catalog_kv{key="suoke/status/snapshot/last-success"}': "_x80 1200x100" },
      firedAt: "16m",
      at: "21m",
    },
  },
];
