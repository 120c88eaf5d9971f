import type { Dashboard, Row } from "../monitoring/dashboard.ts";
import { panel } from "../monitoring/dashboard.ts";

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
          panel(
            "告警 Alerts that fire",
            "none",
            ["Critical and warning alerts that fire now.", "当前触发的告警。"],
            {
              "{{alertname}}":
                'sum by (alertname, severity, service, team) (ALERTS{alertstate="firing", severity=~"critical|warning"})',
            },
            { kind: "table", width: 12 },
          ),
          panel(
            "服务状态 Services",
            "bool_on_off",
            ["Services that no pod answers for.", "没有任何实例响应的服务。"],
            { "{{service}}": "suoke:service:down" },
            { kind: "state-timeline", width: 12 },
          ),
        ],
      },
      {
        title: "网关与智能体 Gateway and agents",
        panels: [
          panel(
            "API网关性能",
            "s",
            [
              "95 % of the gateway's requests are faster; 200 ms is promised.",
              "网关 95% 的请求快于此值，承诺 200 毫秒。",
            ],
            { P95响应时间: 'suoke:http_latency:p95{service="suoke-life-gateway"}' },
            { width: 8, above: 0.2 },
          ),
          panel(
            "API网关 QPS",
            "reqps",
            [
              "The gateway's requests per second. The plan's goal is more than 1,000.",
              "网关每秒请求数，方案目标大于 1000。",
            ],
            { QPS: 'suoke:http_requests:rate5m{service="suoke-life-gateway"}' },
            { width: 8 },
          ),
          panel(
            "AI智能体状态",
            "short",
            ["Pods of each agent that answer.", "各智能体正常响应的实例数。"],
            {
              "{{service}}":
                'sum by (service) (up{job="suoke-life-services", service=~"(xiaoai|xiaoke|laoke|soer)-service"})',
            },
            { kind: "stat", width: 8, below: 1 },
          ),
        ],
      },
      ...(has.postgres ? [database] : []),
    ],
  };
}

const database: Row = {
  title: "数据库 Database",
  panels: [
    panel(
      "数据库性能",
      "short",
      [
        "Connections of each server, over all databases, users and states.",
        "各服务器的连接总数，含所有数据库、用户和状态。",
      ],
      { "活跃连接数 {{server}}": "sum by (server) (pg_stat_activity_count)" },
      { width: 12 },
    ),
    panel(
      "查询QPS",
      "ops",
      ["Transactions per second, committed or rolled back.", "每秒提交或回滚的事务数。"],
      {
        "{{datname}}":
          "sum by (datname) (rate(pg_stat_database_xact_commit[$__rate_interval]) " +
          "+ rate(pg_stat_database_xact_rollback[$__rate_interval]))",
      },
      { width: 12 },
    ),
  ],
};
