import type { Dashboard, Row } from "../monitoring/dashboard.ts";

/**
 * The plan's dashboard. Its three panels are kept by name and show what they promise: the gateway's own requests, agents
 * by their service, connections as a sum and transactions instead of returned rows.
 */
export function overview(has: { readonly postgres: boolean }): Dashboard {
  return {
    uid: "suoke-overview",
    title: "索克生活系统监控",
    services: false,
    rows: [
      {
        title: "总览 Overview",
        panels: [
          {
            title: "告警 Alerts that fire",
            kind: "table",
            unit: "none",
            description: { en: "Critical and warning alerts that fire now.", zh: "当前触发的告警。" },
            queries: [
              {
                expr: 'sum by (alertname, severity, service, team) (ALERTS{alertstate="firing", severity=~"critical|warning"})',
                legend: "{{alertname}}",
              },
            ],
            width: 12,
          },
          {
            title: "服务状态 Services",
            kind: "state-timeline",
            unit: "bool_on_off",
            description: { en: "Services that no pod answers for.", zh: "没有任何实例响应的服务。" },
            queries: [{ expr: "suoke:service:down", legend: "{{service}}" }],
            width: 12,
          },
        ],
      },
      {
        title: "网关与智能体 Gateway and agents",
        panels: [
          {
            title: "API网关性能",
            kind: "timeseries",
            unit: "s",
            description: {
              en: "95 % of the gateway's requests are faster; 200 ms is promised.",
              zh: "网关 95% 的请求快于此值，承诺 200 毫秒。",
            },
            queries: [{ expr: 'suoke:http_latency:p95{service="suoke-life-gateway"}', legend: "P95响应时间" }],
            width: 8,
            threshold: { at: 0.2, bad: "above" },
          },
          {
            title: "API网关 QPS",
            kind: "timeseries",
            unit: "reqps",
            description: {
              en: "The gateway's requests per second. The plan's goal is more than 1,000.",
              zh: "网关每秒请求数，方案目标大于 1000。",
            },
            queries: [{ expr: 'suoke:http_requests:rate5m{service="suoke-life-gateway"}', legend: "QPS" }],
            width: 8,
          },
          {
            title: "AI智能体状态",
            kind: "stat",
            unit: "short",
            description: { en: "Pods of each agent that answer.", zh: "各智能体正常响应的实例数。" },
            queries: [
              {
                expr: 'sum by (service) (up{job="suoke-life-services", service=~"(xiaoai|xiaoke|laoke|soer)-service"})',
                legend: "{{service}}",
              },
            ],
            width: 8,
            threshold: { at: 1, bad: "below" },
          },
        ],
      },
      ...(has.postgres ? [database] : []),
    ],
  };
}

const database: Row = {
  title: "数据库 Database",
  panels: [
    {
      title: "数据库性能",
      kind: "timeseries",
      unit: "short",
      description: {
        en: "Connections of each server, over all databases, users and states.",
        zh: "各服务器的连接总数，含所有数据库、用户和状态。",
      },
      queries: [{ expr: "sum by (server) (pg_stat_activity_count)", legend: "活跃连接数 {{server}}" }],
      width: 12,
    },
    {
      title: "查询QPS",
      kind: "timeseries",
      unit: "ops",
      description: {
        en: "Transactions per second, committed or rolled back.",
        zh: "每秒提交或回滚的事务数。",
      },
      queries: [
        {
          expr:
            "sum by (datname) (rate(pg_stat_database_xact_commit[$__rate_interval]) " +
            "+ rate(pg_stat_database_xact_rollback[$__rate_interval]))",
          legend: "{{datname}}",
        },
      ],
      width: 12,
    },
  ],
};
