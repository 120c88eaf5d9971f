import type { Alert, Monitoring } from "../monitoring/monitoring.ts";
import { edgeDashboard } from "./dashboard.ts";

const common = { team: "edge", dashboard: edgeDashboard.uid } as const;
const pushes = "ingress_controller_configuration_push_count";
const fallbacks = "ingress_controller_fallback_configuration_push_count";

const alerts: readonly Alert[] = [
  {
    name: "EdgeConfigurationFailing",
    expr:
      `sum by (failure_reason) (increase(${pushes}{success="false"}[5m])) > 0 ` +
      // Without the object that is at fault it went through: EdgeConfigurationIncomplete says so.
      `unless on () sum(increase(${fallbacks}{success="true"}[5m])) > 0`,
    for: "5m",
    severity: "critical",
    ...common,
    summary: { en: "Kong does not take its configuration", zh: "Kong 无法接收配置" },
    description: {
      en: "Pushes fail ({{ $labels.failure_reason }}): new pods of services get no requests, new proxies do not become ready.",
      zh: "配置推送失败（{{ $labels.failure_reason }}），新实例收不到请求，新网关无法就绪。",
    },
  },
  {
    name: "EdgeConfigurationIncomplete",
    expr:
      "max(ingress_controller_translation_broken_resource_count) > 0 " +
      `or sum(increase(${fallbacks}{success="true"}[5m])) > 0`,
    for: "5m",
    severity: "warning",
    ...common,
    inhibitedBy: [{ alert: "EdgeConfigurationFailing", equal: [] }],
    summary: { en: "Kong works without some of its objects", zh: "Kong 忽略了部分对象" },
    description: {
      en: "A route, plugin or consumer is wrong and was left out; everything else is served.",
      zh: "某个路由、插件或消费者有误而被忽略，其余正常。",
    },
  },
  {
    name: "EdgeErrors",
    // A service's own errors are its own alert; these are of requests that no service answered.
    expr:
      'sum(rate(kong_http_requests_total{source="kong", code=~"5.."}[5m])) / sum(rate(kong_http_requests_total[5m])) > 0.01 ' +
      'and sum(increase(kong_http_requests_total{source="kong", code=~"5.."}[5m])) > 10',
    for: "2m",
    severity: "critical",
    ...common,
    summary: { en: "Requests find nobody behind Kong", zh: "请求在 Kong 之后无人响应" },
    description: {
      en: "Kong answers {{ $value | humanizePercentage }} of all requests with 5xx itself: no pod of a service is reached, or not in time.",
      zh: "Kong 对 {{ $value | humanizePercentage }} 的请求自行返回 5xx，未能及时连接到服务实例。",
    },
  },
  {
    name: "EdgeSlow",
    expr:
      "histogram_quantile(0.95, sum by (le) (rate(kong_kong_latency_ms_bucket[5m]))) > 100 " +
      "and sum(rate(kong_http_requests_total[5m])) > 1",
    for: "10m",
    severity: "warning",
    ...common,
    summary: { en: "Kong itself is slow", zh: "Kong 自身延迟过高" },
    description: {
      en: "One request in twenty waits {{ $value | humanize }} ms or longer in Kong and its plugins, besides its service.",
      zh: "5% 的请求在 Kong 及插件内耗时超过 {{ $value | humanize }} 毫秒。",
    },
  },
];

/** How the public entry is watched: what its proxies answer, and whether their controller gets through to them. */
export const edgeMonitoring: Monitoring = {
  system: "edge",
  exposed: [
    {
      by: "Kong 3.9, prometheus plugin",
      metrics: [
        "kong_http_requests_total",
        "kong_kong_latency_ms_bucket",
        "kong_request_latency_ms_bucket",
        "kong_upstream_target_health",
        "kong_nginx_connections_total",
      ],
    },
    {
      by: "Kong Ingress Controller 3.5",
      metrics: [pushes, fallbacks, "ingress_controller_translation_broken_resource_count"],
    },
  ],
  dashboards: [edgeDashboard],
  groups: [{ name: "suoke-edge", recordings: [], alerts }],
};
