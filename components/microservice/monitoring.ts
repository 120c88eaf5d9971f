import type { Objective } from "../monitoring/objectives.ts";
import type { Alert, Monitoring, Recording, RuleGroup } from "../monitoring/monitoring.ts";
import { budgetLeftGroup, burnAlerts, burnGroups, fiveMinutesGroup, objectiveGroup } from "../monitoring/slo.ts";
import { serviceDashboards } from "./dashboards.ts";

/** The plan's name of the job that scrapes services. */
export const servicesJob = "suoke-life-services";

/** What a Python service exposes, by the plan's names. The metric contract in docs/metrics.md says what each must mean. */
const python = {
  by: "services in Python (docs/metrics.md)",
  metrics: [
    "http_requests_total",
    "http_request_duration_seconds_bucket",
    "http_request_duration_seconds_count",
    "process_resident_memory_bytes",
    "process_cpu_seconds_total",
  ],
};

/** What go-zero exposes: rest/handler/prometheushandler.go of v1.10. */
const goZero = {
  by: "services in Go (go-zero 1.10)",
  metrics: [
    "http_server_requests_code_total",
    "http_server_requests_duration_ms_bucket",
    "http_server_requests_duration_ms_count",
    "go_goroutines",
  ],
};

const up = `up{job="${servicesJob}"}`;
const job = `job="${servicesJob}"`;

/** The share of a service's requests that one of its tracks gets, as the settings say: where one changes, a step was taken. */
export interface TrackShare {
  readonly service: string;
  readonly track: "stable" | "canary" | "green";
  readonly percent: number;
}

/** How the services are watched: requests, errors and durations by service, and what each of them promises. */
export function serviceMonitoring(objectives: readonly Objective[], shares: readonly TrackShare[]): Monitoring {
  return {
    system: "services",
    exposed: [python, goZero],
    groups: [
      objectiveGroup(objectives),
      rolloutGroup(shares),
      requestGroup(objectives),
      fiveMinutesGroup(),
      ...burnGroups(),
      budgetLeftGroup(),
      alertGroup,
    ],
    dashboards: serviceDashboards,
  };
}

/** What each track gets. Deployed with the routes that send it there, so that dashboards mark steps that change no pod. */
function rolloutGroup(shares: readonly TrackShare[]): RuleGroup {
  const record = "suoke:rollout:percent";
  const others = [...new Set(shares.map(({ service }) => service))].sort();
  const selector = others.length === 0 ? "" : `{service!~"${others.join("|")}"}`;
  return {
    name: "suoke-rollouts",
    alerts: [],
    recordings: [
      { record, expr: `sum by (service) (suoke:service:expected${selector}) * 100`, labels: { track: "stable" } },
      ...shares.map(({ service, track, percent }) => ({
        record,
        expr: `vector(${percent})`,
        labels: { service, track },
      })),
    ],
  };
}

/** Both dialects as one: the rest of the rules need not know who is written in what. */
function requestGroup(objectives: readonly Objective[]): RuleGroup {
  const rate = (metric: string, matchers = ""): string => `sum by (service) (rate(${metric}{${job}${matchers}}[5m]))`;
  const requests = `${rate("http_requests_total")} or ${rate("http_server_requests_code_total")}`;
  const failures =
    `${rate("http_requests_total", ', status=~"5.."')} or ` +
    `${rate("http_server_requests_code_total", ', code=~"5.."')} or suoke:http_requests:rate5m * 0`;
  return {
    name: "suoke-services",
    alerts: [],
    recordings: [
      { record: "suoke:http_requests:rate5m", expr: requests },
      { record: "suoke:http_failures:rate5m", expr: failures },
      // The bulk of what is read: once, for the share of slow requests and for the percentile.
      ...Object.values(durations).map(({ metric, buckets }) => ({
        record: buckets,
        expr: `sum by (le, service) (rate(${metric}_bucket{${job}}[5m]))`,
      })),
      { record: "suoke:http_slow:rate5m", expr: slow(objectives) },
      {
        record: "suoke:http_latency:p95",
        expr: Object.values(durations)
          .map(
            ({ buckets, perSecond }) =>
              `histogram_quantile(0.95, ${buckets})${perSecond === 1 ? "" : ` / ${perSecond}`}`,
          )
          .join(" or "),
      },
      {
        // 1 while no pod of a service has answered for a minute; what has just begun to look has seen nothing yet.
        record: "suoke:service:down",
        expr:
          `((suoke:service:expected unless on (service) (max by (service) (max_over_time(${up}[1m])) == 1)) ` +
          'unless on () (time() - process_start_time_seconds{job="prometheus"} < 300)) ' +
          "or suoke:service:expected * 0",
      },
    ],
  };
}

/** Durations in both dialects: the histogram, the series that its buckets are summed up in, and its units in a second. */
const durations = {
  python: {
    metric: "http_request_duration_seconds",
    buckets: "suoke:http_request_duration_seconds_bucket:rate5m",
    perSecond: 1,
  },
  go: {
    metric: "http_server_requests_duration_ms",
    buckets: "suoke:http_server_requests_duration_ms_bucket:rate5m",
    perSecond: 1000,
  },
} as const;

/**
 * Requests per second that took longer than their service promises. The share is read off the histogram between its
 * buckets, so that an objective need not be one of them: go-zero's are fixed and have none at 200 ms.
 */
function slow(objectives: readonly Objective[]): string {
  const groups = Map.groupBy(objectives, ({ runtime, latencyP95Ms }) => `${runtime} ${latencyP95Ms}`);
  return [...groups.values()]
    .map((same): string => {
      const [{ runtime, latencyP95Ms }] = same as [Objective, ...Objective[]];
      const { metric, buckets, perSecond } = durations[runtime];
      const services = `service=~"${same.map(({ service }) => service).join("|")}"`;
      const share = `1 - histogram_fraction(0, ${(latencyP95Ms * perSecond) / 1000}, ${buckets}{${services}})`;
      // Without requests the share is not a number, which no average would survive.
      return `((${share}) * sum by (service) (rate(${metric}_count{${job}, ${services}}[5m])) >= 0)`;
    })
    .join(" or ");
}

const alerts: readonly Alert[] = [
  {
    name: "ServiceDown",
    // Counts from what must be there: a target that is gone is as down as one that does not answer.
    expr: `suoke:service:expected unless on (service) (max by (service) (${up}) == 1)`,
    for: "1m",
    severity: "critical",
    team: "owner",
    dashboard: "suoke-services",
    summary: { en: "{{ $labels.service }} is down", zh: "服务 {{ $labels.service }} 已下线" },
    description: {
      en: "No pod of {{ $labels.service }} has answered the scraper for over a minute.",
      zh: "服务 {{ $labels.service }} 已下线超过1分钟，没有任何实例响应。",
    },
  },
  {
    name: "ServiceReplicaDown",
    expr: `count by (service, team) (${up} == 0)`,
    for: "10m",
    severity: "warning",
    team: "owner",
    dashboard: "suoke-services",
    inhibitedBy: [{ alert: "ServiceDown", equal: ["service"] }],
    summary: {
      en: "{{ $value }} pods of {{ $labels.service }} do not answer",
      zh: "{{ $labels.service }} 有 {{ $value }} 个实例无响应",
    },
    description: {
      en: "They are there, but have not answered the scraper for ten minutes; others carry their load.",
      zh: "这些实例存在但已十分钟没有响应，其余实例承担其负载。",
    },
  },
  {
    name: "HighResponseTime",
    // The plan's limit of 1 s is five times its objective of 200 ms; agents, which may take longer, have five times theirs.
    expr:
      "(suoke:http_latency:p95 > on (service) group_left (team) 5 * suoke:latency_objective:seconds) " +
      "and on (service) (suoke:http_requests:rate5m > 0.1)",
    for: "2m",
    severity: "warning",
    team: "owner",
    dashboard: "suoke-services",
    inhibitedBy: [
      { alert: "ServiceDown", equal: ["service"] },
      { alert: "LatencyBudgetBurnFast", equal: ["service"] },
    ],
    summary: { en: "{{ $labels.service }} answers slowly", zh: "{{ $labels.service }} 响应时间过高" },
    description: {
      en: "One request in twenty takes longer than {{ $value | humanizeDuration }}.",
      zh: "95%请求响应时间超过目标的五倍，当前值: {{ $value | humanizeDuration }}。",
    },
  },
  {
    name: "MetricContractBroken",
    expr:
      `group by (service, team) (${up} == 1) unless on (service) ` +
      `(http_requests_total{${job}} or http_server_requests_code_total{${job}})`,
    for: "1h",
    severity: "warning",
    team: "owner",
    dashboard: "suoke-services",
    summary: {
      en: "{{ $labels.service }} does not count its requests",
      zh: "{{ $labels.service }} 未按约定暴露请求指标",
    },
    description: {
      en: "It is scraped, but exposes no request counter: its objectives are blind. See docs/metrics.md.",
      zh: "抓取正常但没有请求计数器，其服务目标无法评估。见 docs/metrics.md。",
    },
  },
];

const alertGroup: RuleGroup = {
  name: "suoke_life_alerts",
  recordings: [] as readonly Recording[],
  alerts: [...alerts, ...burnAlerts()],
};
