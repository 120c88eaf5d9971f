import type { Dashboard } from "../monitoring/dashboard.ts";

const chosen = 'service=~"$service"';

const services: Dashboard = {
  uid: "suoke-services",
  title: "服务 Services (RED)",
  services: true,
  rows: [
    {
      title: "请求 Requests",
      panels: [
        {
          title: "QPS",
          kind: "timeseries",
          unit: "reqps",
          description: { en: "Requests per second by service.", zh: "各服务每秒请求数。" },
          queries: [{ expr: `suoke:http_requests:rate5m{${chosen}}`, legend: "{{service}}" }],
          width: 8,
        },
        {
          title: "错误率 Error ratio",
          kind: "timeseries",
          unit: "percentunit",
          description: {
            en: "Share of requests answered with 5xx. The plan tolerates 0.1 %.",
            zh: "5xx 响应所占比例，方案允许 0.1 %。",
          },
          queries: [
            {
              expr: `suoke:http_failures:rate5m{${chosen}} / suoke:http_requests:rate5m{${chosen}}`,
              legend: "{{service}}",
            },
          ],
          width: 8,
          threshold: { at: 0.001, bad: "above" },
        },
        {
          title: "P95响应时间 Latency P95",
          kind: "timeseries",
          unit: "s",
          description: {
            en: "95 % of requests are faster. 200 ms is promised, 5 s by agents.",
            zh: "95% 的请求快于此值。承诺 200 毫秒，智能体为 5 秒。",
          },
          queries: [{ expr: `suoke:http_latency:p95{${chosen}}`, legend: "{{service}}" }],
          width: 8,
          threshold: { at: 0.2, bad: "above" },
        },
      ],
    },
    {
      title: "实例 Pods",
      panels: [
        {
          title: "可用实例 Pods that answer",
          kind: "timeseries",
          unit: "short",
          description: { en: "Pods that answer the scraper.", zh: "正常响应抓取的实例数。" },
          queries: [{ expr: `sum by (service) (up{job="suoke-life-services", ${chosen}})`, legend: "{{service}}" }],
          width: 8,
        },
        {
          title: "内存 Memory",
          kind: "timeseries",
          unit: "bytes",
          description: { en: "Resident memory of each pod.", zh: "各实例的常驻内存。" },
          queries: [{ expr: `process_resident_memory_bytes{job="suoke-life-services", ${chosen}}`, legend: "{{pod}}" }],
          width: 8,
        },
        {
          title: "CPU",
          kind: "timeseries",
          unit: "short",
          description: { en: "Cores that each pod uses.", zh: "各实例使用的 CPU 核数。" },
          queries: [
            {
              expr: `rate(process_cpu_seconds_total{job="suoke-life-services", ${chosen}}[$__rate_interval])`,
              legend: "{{pod}}",
            },
          ],
          width: 8,
        },
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
        {
          title: "剩余预算 Budget left (30 d)",
          kind: "stat",
          unit: "percentunit",
          description: {
            en: "What is left of the failures that 30 days allow. Below zero the promise is broken.",
            zh: "30 天内允许失败数的剩余比例，低于零即违反承诺。",
          },
          queries: [{ expr: `suoke:failures:budget_left{${chosen}}`, legend: "{{service}}" }],
          width: 24,
          threshold: { at: 0, bad: "below" },
        },
        {
          title: "消耗速度 Burn rate (1 h)",
          kind: "timeseries",
          unit: "short",
          description: {
            en: "1 uses the budget up in exactly 30 days; from 14.4 somebody is woken.",
            zh: "1 表示恰好 30 天用尽预算；达到 14.4 时呼叫值班。",
          },
          queries: [
            {
              expr: `suoke:failures:ratio1h{${chosen}} / on (service) suoke:failures:budget`,
              legend: "{{service}}",
            },
          ],
          width: 12,
          threshold: { at: 14.4, bad: "above" },
        },
        {
          title: "消耗速度 Burn rate (3 d)",
          kind: "timeseries",
          unit: "short",
          description: {
            en: "Above 1 the budget will not last for the month.",
            zh: "高于 1 时预算无法维持一个月。",
          },
          queries: [
            {
              expr: `suoke:failures:ratio3d{${chosen}} / on (service) suoke:failures:budget`,
              legend: "{{service}}",
            },
          ],
          width: 12,
          threshold: { at: 1, bad: "above" },
        },
      ],
    },
    {
      title: "响应时间 Latency",
      panels: [
        {
          title: "过慢请求 Slow requests (1 h)",
          kind: "timeseries",
          unit: "percentunit",
          description: {
            en: "Share of requests slower than the service's objective; 5 % may be.",
            zh: "慢于目标响应时间的请求比例，允许 5 %。",
          },
          queries: [{ expr: `suoke:slowness:ratio1h{${chosen}}`, legend: "{{service}}" }],
          width: 12,
          threshold: { at: 0.05, bad: "above" },
        },
        {
          title: "不可用时间 Down time",
          kind: "state-timeline",
          unit: "bool_on_off",
          description: {
            en: "When no pod of a service answered.",
            zh: "服务没有任何实例响应的时段。",
          },
          queries: [{ expr: `suoke:service:down{${chosen}}`, legend: "{{service}}" }],
          width: 12,
        },
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
        {
          title: "运行版本 Versions that run",
          kind: "state-timeline",
          unit: "short",
          description: {
            en: "Pods by service, version and track: where the lines change, something was rolled out.",
            zh: "按服务、版本和轨道统计的实例数，线条变化处即为发布。",
          },
          queries: [
            {
              expr: `count by (service, version, track) (up{job="suoke-life-services", ${chosen}})`,
              legend: "{{service}} {{version}} {{track}}",
            },
          ],
          width: 24,
        },
        {
          title: "错误率 Error ratio",
          kind: "timeseries",
          unit: "percentunit",
          description: { en: "What the change did to errors.", zh: "变更对错误率的影响。" },
          queries: [
            {
              expr: `suoke:http_failures:rate5m{${chosen}} / suoke:http_requests:rate5m{${chosen}}`,
              legend: "{{service}}",
            },
          ],
          width: 12,
        },
        {
          title: "P95响应时间 Latency P95",
          kind: "timeseries",
          unit: "s",
          description: { en: "What the change did to durations.", zh: "变更对响应时间的影响。" },
          queries: [{ expr: `suoke:http_latency:p95{${chosen}}`, legend: "{{service}}" }],
          width: 12,
        },
      ],
    },
  ],
};

export const serviceDashboards: readonly Dashboard[] = [services, slo, changes];
