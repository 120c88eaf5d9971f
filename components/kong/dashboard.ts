import type { Dashboard } from "../monitoring/dashboard.ts";

export const edgeDashboard: Dashboard = {
  uid: "suoke-kong",
  title: "API网关 Kong",
  services: false,
  rows: [
    {
      title: "请求 Requests",
      panels: [
        {
          title: "QPS",
          kind: "timeseries",
          unit: "reqps",
          description: { en: "Requests per second by route.", zh: "各路由每秒请求数。" },
          queries: [{ expr: "sum by (route) (rate(kong_http_requests_total[5m]))", legend: "{{route}}" }],
          width: 8,
        },
        {
          title: "状态码 Answers",
          kind: "timeseries",
          unit: "reqps",
          description: {
            en: "Requests per second by code, and whether Kong or a service answered.",
            zh: "按状态码与来源（Kong 或服务）统计的每秒请求数。",
          },
          queries: [
            { expr: "sum by (code, source) (rate(kong_http_requests_total[5m]))", legend: "{{code}} {{source}}" },
          ],
          width: 8,
        },
        {
          title: "5xx 来自 Kong Errors of Kong",
          kind: "timeseries",
          unit: "percentunit",
          description: {
            en: "Share of requests that no service answered.",
            zh: "没有服务响应的请求比例。",
          },
          queries: [
            {
              expr:
                'sum(rate(kong_http_requests_total{source="kong", code=~"5.."}[5m])) ' +
                "/ sum(rate(kong_http_requests_total[5m]))",
              legend: "5xx",
            },
          ],
          width: 8,
          threshold: { at: 0.01, bad: "above" },
        },
        {
          title: "P95 总延迟 Latency P95",
          kind: "timeseries",
          unit: "s",
          description: {
            en: "95 % of a route's requests are faster, services included.",
            zh: "95% 的请求快于此值，含服务耗时。",
          },
          queries: [
            {
              expr: "histogram_quantile(0.95, sum by (le, route) (rate(kong_request_latency_ms_bucket[5m]))) / 1000",
              legend: "{{route}}",
            },
          ],
          width: 12,
        },
        {
          title: "P95 Kong 自身延迟 Kong's own share",
          kind: "timeseries",
          unit: "s",
          description: {
            en: "What Kong and its plugins add: mostly the request that counts in Redis.",
            zh: "Kong 及插件增加的延迟，主要来自 Redis 计数。",
          },
          queries: [
            {
              expr: "histogram_quantile(0.95, sum by (le) (rate(kong_kong_latency_ms_bucket[5m]))) / 1000",
              legend: "Kong",
            },
          ],
          width: 12,
          threshold: { at: 0.1, bad: "above" },
        },
      ],
    },
    {
      title: "配置与连接 Configuration and connections",
      panels: [
        {
          title: "配置推送 Pushes",
          kind: "timeseries",
          unit: "short",
          description: {
            en: "Configurations pushed in five minutes, and whether Kong took them.",
            zh: "五分钟内的配置推送次数与结果。",
          },
          queries: [
            {
              expr: "sum by (success, failure_reason) (increase(ingress_controller_configuration_push_count[5m]))",
              legend: "{{success}} {{failure_reason}}",
            },
            {
              expr: "sum by (success) (increase(ingress_controller_fallback_configuration_push_count[5m]))",
              legend: "fallback {{success}}",
            },
          ],
          width: 8,
        },
        {
          title: "熔断的实例 Pods without requests",
          kind: "timeseries",
          unit: "short",
          description: {
            en: "Pods that Kong's health checks have taken out, by service.",
            zh: "被健康检查摘除的实例数。",
          },
          queries: [
            { expr: 'sum by (upstream) (kong_upstream_target_health{state="unhealthy"})', legend: "{{upstream}}" },
          ],
          width: 8,
        },
        {
          title: "连接 Connections",
          kind: "timeseries",
          unit: "short",
          description: { en: "Open connections by proxy.", zh: "各网关实例的连接数。" },
          queries: [{ expr: 'sum by (pod) (kong_nginx_connections_total{state="active"})', legend: "{{pod}}" }],
          width: 8,
        },
      ],
    },
  ],
};
