import type { Alert, Monitoring, Recording } from "../monitoring/monitoring.ts";
import { tracingDashboard } from "./dashboard.ts";

const calls = "traces_span_metrics_calls_total";
const buckets = "traces_span_metrics_duration_milliseconds_bucket";
/** Calls a second below which a share says nothing: three a minute. */
const enough = 0.05;

/** Sums of rates by the names that spans have. */
function rates(labels: string, series: string): string {
  return `sum by (${labels}) (rate(${series}[5m]))`;
}

/** By the service that the catalogue knows, so that its team is told and its links work. Last, when there are few series left. */
function byService(expr: string): string {
  return `sum by (service, span_name) (label_replace(${expr}, "service", "$1", "service_name", "(.+)"))`;
}

const names = "service_name, span_name";

const recordings: readonly Recording[] = [
  { record: "suoke:span_calls:rate5m", expr: byService(rates(names, calls)) },
  {
    record: "suoke:span_errors:ratio5m",
    expr: `${byService(rates(names, `${calls}{status_code="STATUS_CODE_ERROR"}`))} / (suoke:span_calls:rate5m > ${enough})`,
  },
  {
    record: "suoke:span_latency:p95_5m",
    // Without calls it would be no number, and the week's mean with it.
    expr:
      `${byService(`histogram_quantile(0.95, ${rates(`le, ${names}`, buckets)})`)} / 1000 ` +
      `and on (service, span_name) (suoke:span_calls:rate5m > ${enough})`,
  },
  { record: "suoke:collector_queue:ratio", expr: "otelcol_exporter_queue_size / otelcol_exporter_queue_capacity" },
];

/** To the team of the service. Spans of what the catalogue does not have are shown and wake nobody. */
const owned = "* on (service) group_left (team) suoke:service:expected";

const spanAlerts: readonly Alert[] = [
  {
    name: "SpanErrorRatioHigh",
    expr: `(suoke:span_errors:ratio5m > 0.05) ${owned}`,
    for: "5m",
    severity: "warning",
    team: "owner",
    dashboard: tracingDashboard.uid,
    inhibitedBy: [
      { alert: "ServiceDown", equal: ["service"] },
      { alert: "ErrorBudgetBurnFast", equal: ["service"] },
    ],
    summary: {
      en: "{{ $labels.span_name }} of {{ $labels.service }} fails too often",
      zh: "{{ $labels.service }} 的 {{ $labels.span_name }} 失败过多",
    },
    description: {
      en: "{{ $value | humanizePercentage }} of its spans end with an error.",
      zh: "{{ $value | humanizePercentage }} 的 span 以错误结束。",
    },
  },
  {
    name: "SpanSlowerThanBaseline",
    // Twice the week's, and more than anybody would notice.
    expr: `(suoke:span_latency:p95_5m > 2 * suoke:span_latency:p95_7d and suoke:span_latency:p95_5m > 0.1) ${owned}`,
    for: "15m",
    severity: "warning",
    team: "owner",
    dashboard: tracingDashboard.uid,
    inhibitedBy: [{ alert: "LatencyBudgetBurnFast", equal: ["service"] }],
    summary: {
      en: "{{ $labels.span_name }} of {{ $labels.service }} is slower than it was",
      zh: "{{ $labels.service }} 的 {{ $labels.span_name }} 慢于基线",
    },
    description: {
      en: "Its 95th percentile is {{ $value | humanizeDuration }}: more than twice the mean of the last seven days.",
      zh: "95 分位为 {{ $value | humanizeDuration }}，超过过去七天均值的两倍。",
    },
  },
];

const common = { severity: "warning", team: "platform", dashboard: tracingDashboard.uid } as const;

/** A collector, Jaeger among them, that could not hand on what it has. */
function failing(metric: string): string {
  // What one gateway does not take goes to another, and what the store of lines does not take is sent again: these count each try.
  return `sum by (app, exporter) (rate(${metric}{exporter!~"load_balancing.*|elasticsearch.*"}[5m])) > 0`;
}

/** Log lines that their store refused, each for itself: the request that they were in came through. */
const refusedLines =
  'label_replace(sum by (app) (rate(otelcol_elasticsearch_docs_processed{outcome="failed_client"}[5m])) > 0, ' +
  '"exporter", "elasticsearch/logs", "", "")';

const collectorAlerts: readonly Alert[] = [
  {
    name: "CollectorRefuses",
    expr:
      "sum by (app) (rate(otelcol_receiver_refused_spans[5m])) > 0 " +
      // What a gateway has in its queue is not lost when the store does not take it.
      'or sum by (app) (rate(otelcol_receiver_refused_log_records{receiver!="otlp/lines"}[5m])) > 0',
    for: "10m",
    ...common,
    summary: { en: "{{ $labels.app }} refuses spans or log lines", zh: "{{ $labels.app }} 拒收 span 或日志" },
    description: {
      en: "It is short of memory or its queue is full; senders drop what is not taken in time.",
      zh: "内存不足或队列已满，发送方会丢弃未被及时接收的数据。",
    },
  },
  {
    name: "CollectorQueueFilling",
    expr: "max by (app, pod, exporter) (suoke:collector_queue:ratio) > 0.6",
    for: "5m",
    ...common,
    summary: { en: "The queue of {{ $labels.pod }} fills", zh: "{{ $labels.pod }} 的队列正在增长" },
    description: {
      en: "{{ $labels.exporter }} cannot send: {{ $value | humanizePercentage }} of its queue is taken. When it is full, spans and lines are lost.",
      zh: "{{ $labels.exporter }} 无法发送，队列已占用 {{ $value | humanizePercentage }}，写满后数据会丢失。",
    },
  },
  {
    name: "CollectorExportFailing",
    expr:
      `${failing("otelcol_exporter_send_failed_spans")} or ${failing("otelcol_exporter_send_failed_log_records")} ` +
      `or ${refusedLines}`,
    for: "10m",
    ...common,
    summary: { en: "{{ $labels.app }} cannot hand on what it has", zh: "{{ $labels.app }} 无法转发数据" },
    description: {
      en: "{{ $labels.exporter }} fails for good on {{ $value | humanize }} spans or lines a second: the next one refuses them.",
      zh: "{{ $labels.exporter }} 每秒有 {{ $value | humanize }} 条数据发送失败且不再重试。",
    },
  },
  {
    name: "TracesDecidedTooEarly",
    expr: "sum by (app) (rate(otelcol_processor_tail_sampling_sampling_trace_dropped_too_early[5m])) > 0",
    for: "10m",
    ...common,
    summary: {
      en: "{{ $labels.app }} drops traces before they are complete",
      zh: "{{ $labels.app }} 在链路完整之前将其丢弃",
    },
    description: {
      en: "There are more open traces than it has memory for: one with an error may be among those that are gone.",
      zh: "未完成的链路超出内存容量，被丢弃的可能包含错误链路。",
    },
  },
];

/** How traces and log lines are watched: the collectors and Jaeger, which carry them, and what spans say of services. */
export const telemetryMonitoring: Monitoring = {
  system: "telemetry",
  exposed: [
    {
      // As configured: without suffixes for type and unit. Tried with the program.
      by: "OpenTelemetry Collector 0.160 and Jaeger 2.20, about themselves",
      metrics: [
        "otelcol_receiver_accepted_spans",
        "otelcol_receiver_accepted_log_records",
        "otelcol_receiver_refused_spans",
        "otelcol_receiver_refused_log_records",
        "otelcol_exporter_send_failed_spans",
        "otelcol_exporter_send_failed_log_records",
        "otelcol_exporter_queue_size",
        "otelcol_exporter_queue_capacity",
        "otelcol_processor_tail_sampling_global_count_traces_sampled",
        "otelcol_processor_tail_sampling_sampling_trace_dropped_too_early",
        "otelcol_process_memory_rss",
      ],
    },
    {
      // https://github.com/open-telemetry/opentelemetry-collector-contrib/blob/main/exporter/elasticsearchexporter/documentation.md
      by: "its exporter to Elasticsearch, by its documentation",
      metrics: ["otelcol_elasticsearch_docs_processed"],
    },
    {
      by: "its connectors for span metrics and the service graph",
      metrics: [calls, buckets, "traces_service_graph_request_total"],
    },
  ],
  dashboards: [tracingDashboard],
  groups: [
    {
      name: "suoke-spans",
      // The most series by far, and nothing that wakes somebody: no alert of them waits for less than five minutes.
      interval: "1m",
      recordings,
      alerts: [...spanAlerts, ...collectorAlerts],
    },
    {
      name: "suoke-spans-half-hours",
      interval: "30m",
      // What the week is computed from: it would be forty thousand values of each span otherwise.
      recordings: [{ record: "suoke:span_latency:p95_each30m", expr: "avg_over_time(suoke:span_latency:p95_5m[30m])" }],
      alerts: [],
    },
    {
      name: "suoke-spans-baseline",
      // It does not change within minutes. A value is found for five.
      interval: "4m",
      recordings: [{ record: "suoke:span_latency:p95_7d", expr: "avg_over_time(suoke:span_latency:p95_each30m[7d])" }],
      alerts: [],
    },
  ],
};
