import type { Dashboard } from "../monitoring/dashboard.ts";
import { panel } from "../monitoring/dashboard.ts";

export const edgeDashboard: Dashboard = {
  uid: "suoke-kong",
  title: "API网关 Kong",
  services: false,
  rows: [
    {
      title: "请求 Requests",
      panels: [
        panel(
          "QPS",
          "reqps",
          ["Requests per second by route.", "各路由每秒请求数。"],
          { "{{route}}": "sum by (route) (rate(kong_http_requests_total[5m]))" },
          { width: 8 },
        ),
        panel(
          "状态码 Answers",
          "reqps",
          [
            "Requests per second by code, and whether Kong or a service answered.",
            "按状态码与来源（Kong 或服务）统计的每秒请求数。",
          ],
          { "{{code}} {{source}}": "sum by (code, source) (rate(kong_http_requests_total[5m]))" },
          { width: 8 },
        ),
        panel(
          "5xx 来自 Kong Errors of Kong",
          "percentunit",
          ["Share of requests that no service answered.", "没有服务响应的请求比例。"],
          {
            "5xx":
              'sum(rate(kong_http_requests_total{source="kong", code=~"5.."}[5m])) ' +
              "/ sum(rate(kong_http_requests_total[5m]))",
          },
          { width: 8, above: 0.01 },
        ),
        panel(
          "P95 总延迟 Latency P95",
          "s",
          ["95 % of a route's requests are faster, services included.", "95% 的请求快于此值，含服务耗时。"],
          {
            "{{route}}":
              "histogram_quantile(0.95, sum by (le, route) (rate(kong_request_latency_ms_bucket[5m]))) / 1000",
          },
          { width: 12 },
        ),
        panel(
          "P95 Kong 自身延迟 Kong's own share",
          "s",
          [
            "What Kong and its plugins add: mostly the request that counts in Redis.",
            "Kong 及插件增加的延迟，主要来自 Redis 计数。",
          ],
          { Kong: "histogram_quantile(0.95, sum by (le) (rate(kong_kong_latency_ms_bucket[5m]))) / 1000" },
          { width: 12, above: 0.1 },
        ),
      ],
    },
    {
      title: "配置与连接 Configuration and connections",
      panels: [
        panel(
          "配置推送 Pushes",
          "short",
          ["Configurations pushed in five minutes, and whether Kong took them.", "五分钟内的配置推送次数与结果。"],
          {
            "{{success}} {{failure_reason}}":
              "sum by (success, failure_reason) (increase(ingress_controller_configuration_push_count[5m]))",
            "fallback {{success}}":
              "sum by (success) (increase(ingress_controller_fallback_configuration_push_count[5m]))",
          },
          { width: 8 },
        ),
        panel(
          "熔断的实例 Pods without requests",
          "short",
          ["Pods that Kong's health checks have taken out, by service.", "被健康检查摘除的实例数。"],
          { "{{upstream}}": 'sum by (upstream) (kong_upstream_target_health{state="unhealthy"})' },
          { width: 8 },
        ),
        panel(
          "连接 Connections",
          "short",
          ["Open connections by proxy.", "各网关实例的连接数。"],
          { "{{pod}}": 'sum by (pod) (kong_nginx_connections_total{state="active"})' },
          { width: 8 },
        ),
      ],
    },
  ],
};
