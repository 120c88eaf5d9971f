import type { Dashboard } from "../monitoring/dashboard.ts";
import { panel } from "../monitoring/dashboard.ts";

const chosen = 'service=~"$service"';

const services: Dashboard = {
  uid: "suoke-services",
  title: "服务 Services (RED)",
  services: true,
  rows: [
    {
      title: "请求 Requests",
      panels: [
        panel(
          "QPS",
          "reqps",
          ["Requests per second by service.", "各服务每秒请求数。"],
          { "{{service}}": `suoke:http_requests:rate5m{${chosen}}` },
          { width: 8 },
        ),
        panel(
          "错误率 Error ratio",
          "percentunit",
          ["Share of requests answered with 5xx. The plan tolerates 0.1 %.", "5xx 响应所占比例，方案允许 0.1 %。"],
          { "{{service}}": `suoke:http_failures:rate5m{${chosen}} / suoke:http_requests:rate5m{${chosen}}` },
          { width: 8, above: 0.001 },
        ),
        panel(
          "P95响应时间 Latency P95",
          "s",
          [
            "95 % of requests are faster. 200 ms is promised, 5 s by agents.",
            "95% 的请求快于此值。承诺 200 毫秒，智能体为 5 秒。",
          ],
          { "{{service}}": `suoke:http_latency:p95{${chosen}}` },
          { width: 8, above: 0.2 },
        ),
      ],
    },
    {
      title: "实例 Pods",
      panels: [
        panel(
          "可用实例 Pods that answer",
          "short",
          ["Pods that answer the scraper.", "正常响应抓取的实例数。"],
          { "{{service}}": `sum by (service) (up{job="suoke-life-services", ${chosen}})` },
          { width: 8 },
        ),
        panel(
          "内存 Memory",
          "bytes",
          ["Resident memory of each pod.", "各实例的常驻内存。"],
          { "{{pod}}": `process_resident_memory_bytes{job="suoke-life-services", ${chosen}}` },
          { width: 8 },
        ),
        panel(
          "CPU",
          "short",
          ["Cores that each pod uses.", "各实例使用的 CPU 核数。"],
          { "{{pod}}": `rate(process_cpu_seconds_total{job="suoke-life-services", ${chosen}}[$__rate_interval])` },
          { width: 8 },
        ),
      ],
    },
  ],
};

const slo: Dashboard = {
  uid: "suoke-slo",
  title: "服务目标与错误预算 SLO",
  services: true,
  rows: [
    {
      title: "错误预算 Error budget",
      panels: [
        panel(
          "剩余预算 Budget left (30 d)",
          "percentunit",
          [
            "What is left of the failures that 30 days allow. Below zero the promise is broken.",
            "30 天内允许失败数的剩余比例，低于零即违反承诺。",
          ],
          { "{{service}}": `suoke:failures:budget_left{${chosen}}` },
          { kind: "stat", width: 24, below: 0 },
        ),
        panel(
          "消耗速度 Burn rate (1 h)",
          "short",
          [
            "1 uses the budget up in exactly 30 days; from 14.4 somebody is woken.",
            "1 表示恰好 30 天用尽预算；达到 14.4 时呼叫值班。",
          ],
          { "{{service}}": `suoke:failures:ratio1h{${chosen}} / on (service) suoke:failures:budget` },
          { width: 12, above: 14.4 },
        ),
        panel(
          "消耗速度 Burn rate (3 d)",
          "short",
          ["Above 1 the budget will not last for the month.", "高于 1 时预算无法维持一个月。"],
          { "{{service}}": `suoke:failures:ratio3d{${chosen}} / on (service) suoke:failures:budget` },
          { width: 12, above: 1 },
        ),
      ],
    },
    {
      title: "响应时间 Latency",
      panels: [
        panel(
          "过慢请求 Slow requests (1 h)",
          "percentunit",
          [
            "Share of requests slower than the service's objective; 5 % may be.",
            "慢于目标响应时间的请求比例，允许 5 %。",
          ],
          { "{{service}}": `suoke:slowness:ratio1h{${chosen}}` },
          { width: 12, above: 0.05 },
        ),
        panel(
          "不可用时间 Down time",
          "bool_on_off",
          ["When no pod of a service answered.", "服务没有任何实例响应的时段。"],
          { "{{service}}": `suoke:service:down{${chosen}}` },
          { kind: "state-timeline", width: 12 },
        ),
      ],
    },
  ],
};

/** What changed last: the versions that run, over time. Each alert links here. */
const changes: Dashboard = {
  uid: "suoke-changes",
  title: "变更 What changed last",
  services: true,
  rows: [
    {
      title: "版本 Versions",
      panels: [
        panel(
          "运行版本 Versions that run",
          "short",
          [
            "Pods by service, version and track: where the lines change, something was rolled out.",
            "按服务、版本和轨道统计的实例数，线条变化处即为发布。",
          ],
          {
            "{{service}} {{version}} {{track}}": `count by (service, version, track) (up{job="suoke-life-services", ${chosen}})`,
          },
          { kind: "state-timeline", width: 24 },
        ),
        panel(
          "流量 Traffic",
          "short",
          [
            "Percent of the requests that each track of a service on its way gets: a canary through the public entry, green everywhere.",
            "发布中各轨道所占请求百分比：金丝雀仅指公共入口，绿色轨道指全部流量。",
          ],
          { "{{service}} {{track}}": `suoke:rollout:percent{${chosen}}` },
          { kind: "state-timeline", width: 24 },
        ),
        panel(
          "错误率 Error ratio",
          "percentunit",
          ["What the change did to errors.", "变更对错误率的影响。"],
          { "{{service}}": `suoke:http_failures:rate5m{${chosen}} / suoke:http_requests:rate5m{${chosen}}` },
          { width: 12 },
        ),
        panel(
          "P95响应时间 Latency P95",
          "s",
          ["What the change did to durations.", "变更对响应时间的影响。"],
          { "{{service}}": `suoke:http_latency:p95{${chosen}}` },
          { width: 12 },
        ),
      ],
    },
  ],
};

export const serviceDashboards: readonly Dashboard[] = [services, slo, changes];
