import type { Dashboard } from "../monitoring/dashboard.ts";
import { panel } from "../monitoring/dashboard.ts";
import type { Monitoring } from "../monitoring/monitoring.ts";

const dashboard: Dashboard = {
  uid: "suoke-monitoring",
  title: "监控系统 Monitoring itself",
  services: false,
  rows: [
    {
      title: "Prometheus",
      panels: [
        panel(
          "抓取目标 Targets down",
          "short",
          ["Targets that do not answer, by app.", "无响应的抓取目标数。"],
          { "{{job}} {{app}}{{service}}": "count by (job, app, service) (up == 0)" },
          { width: 8 },
        ),
        panel(
          "时间序列 Series in memory",
          "short",
          ["What memory is needed for.", "内存主要消耗于此。"],
          { series: 'prometheus_tsdb_head_series{job="prometheus"}' },
          { width: 8 },
        ),
        panel(
          "规则评估 Rule evaluation",
          "s",
          [
            "Time that each group of rules took last; it must stay well below its interval of 15 s.",
            "各规则组最近一次评估耗时，应远低于 15 秒间隔。",
          ],
          { "{{rule_group}}": 'max by (rule_group) (prometheus_rule_group_last_duration_seconds{job="prometheus"})' },
          { width: 8, above: 10 },
        ),
      ],
    },
    {
      title: "Alertmanager",
      panels: [
        panel(
          "通知 Notifications",
          "short",
          ["Notifications in five minutes, and those that failed.", "五分钟内的通知数与失败数。"],
          {
            "{{integration}}": "sum by (integration) (increase(alertmanager_notifications_total[5m]))",
            "{{integration}} failed": "sum by (integration) (increase(alertmanager_notifications_failed_total[5m]))",
          },
          { width: 12 },
        ),
        panel(
          "成员 Members",
          "short",
          ["Replicas that each replica sees.", "各副本所见的成员数。"],
          { "{{pod}}": "alertmanager_cluster_members" },
          { width: 12 },
        ),
      ],
    },
  ],
};

/** Who watches the watchman: what Prometheus says of itself, and a sign of life for somebody outside. */
export const prometheusMonitoring: Monitoring = {
  system: "prometheus",
  exposed: [
    {
      by: "Prometheus 3.16",
      metrics: [
        "process_start_time_seconds",
        "prometheus_config_last_reload_successful",
        "prometheus_notifications_alertmanagers_discovered",
        "prometheus_rule_evaluation_failures_total",
        "prometheus_rule_group_iterations_missed_total",
        "prometheus_rule_group_last_duration_seconds",
        "prometheus_tsdb_head_samples_appended_total",
        "prometheus_tsdb_head_series",
        "prometheus_tsdb_compactions_failed_total",
      ],
    },
    {
      by: "Alertmanager 0.34",
      metrics: [
        "alertmanager_notifications_total",
        "alertmanager_notifications_failed_total",
        "alertmanager_cluster_members",
      ],
    },
  ],
  dashboards: [dashboard],
  groups: [
    {
      name: "suoke-prometheus",
      recordings: [],
      alerts: [
        {
          name: "Watchdog",
          expr: "vector(1)",
          for: "0s",
          severity: "info",
          team: "platform",
          dashboard: "suoke-monitoring",
          summary: { en: "Alerting works", zh: "告警链路正常" },
          description: {
            en: "Always fires. Whoever expects it calls somebody when it stays away.",
            zh: "始终触发；接收方在其消失时呼叫值班。",
          },
        },
        {
          name: "TargetDown",
          expr: 'count by (job, app) (up{job!="suoke-life-services"} == 0)',
          for: "5m",
          severity: "warning",
          team: "platform",
          dashboard: "suoke-monitoring",
          summary: { en: "{{ $labels.app }} does not answer the scraper", zh: "{{ $labels.app }} 无法抓取指标" },
          description: {
            en: "{{ $value }} of its pods have not answered for five minutes; what they would tell is not known.",
            zh: "{{ $value }} 个实例五分钟无响应，其状态未知。",
          },
        },
        {
          name: "PrometheusConfigReloadFailed",
          expr: 'prometheus_config_last_reload_successful{job="prometheus"} == 0',
          for: "5m",
          severity: "warning",
          team: "platform",
          dashboard: "suoke-monitoring",
          summary: { en: "Prometheus refuses its new configuration", zh: "Prometheus 拒绝新配置" },
          description: {
            en: "It goes on with the old one; rules and targets that were added are not there.",
            zh: "仍在使用旧配置，新增的规则和目标未生效。",
          },
        },
        {
          name: "PrometheusRuleFailures",
          expr:
            'increase(prometheus_rule_evaluation_failures_total{job="prometheus"}[5m]) > 0 ' +
            'or increase(prometheus_rule_group_iterations_missed_total{job="prometheus"}[5m]) > 0',
          for: "10m",
          severity: "critical",
          team: "platform",
          dashboard: "suoke-monitoring",
          summary: { en: "Rules are not evaluated", zh: "告警规则评估失败" },
          description: {
            en: "The group {{ $labels.rule_group }} fails or is skipped: its alerts may not fire.",
            zh: "规则组 {{ $labels.rule_group }} 失败或被跳过，相关告警可能不会触发。",
          },
        },
        {
          name: "PrometheusWithoutAlertmanager",
          expr: 'prometheus_notifications_alertmanagers_discovered{job="prometheus"} < 1',
          for: "5m",
          severity: "critical",
          team: "platform",
          dashboard: "suoke-monitoring",
          summary: { en: "Prometheus knows no Alertmanager", zh: "Prometheus 未发现 Alertmanager" },
          description: {
            en: "What fires reaches nobody. The dead man's switch reports it from outside.",
            zh: "告警无法送达，由外部心跳检测发现。",
          },
        },
        {
          name: "PrometheusNotIngesting",
          expr:
            'rate(prometheus_tsdb_head_samples_appended_total{job="prometheus"}[5m]) <= 0 ' +
            'or increase(prometheus_tsdb_compactions_failed_total{job="prometheus"}[3h]) > 0',
          for: "10m",
          severity: "critical",
          team: "platform",
          dashboard: "suoke-monitoring",
          summary: { en: "Prometheus does not store what it scrapes", zh: "Prometheus 无法存储数据" },
          description: {
            en: "It appends nothing or cannot compact: the volume may be full or broken.",
            zh: "无法写入或压缩，磁盘可能已满或损坏。",
          },
        },
        {
          name: "ScrapeSamplesHigh",
          expr: "max by (job, app, service) (scrape_samples_scraped) > 20000",
          for: "15m",
          severity: "warning",
          team: "platform",
          dashboard: "suoke-monitoring",
          summary: {
            en: "{{ $labels.app }}{{ $labels.service }} exposes too many series",
            zh: "{{ $labels.app }}{{ $labels.service }} 暴露的时间序列过多",
          },
          description: {
            en: "{{ $value }} samples per scrape of one pod: a label probably holds ids or paths.",
            zh: "单个实例每次抓取 {{ $value }} 个样本，可能有标签包含标识或路径。",
          },
        },
      ],
    },
  ],
};
