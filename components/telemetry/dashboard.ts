import type { Dashboard } from "../monitoring/dashboard.ts";

/** A rate of calls between services, once for its caller and once for whom it calls. */
const calls = "rate(traces_service_graph_request_total[5m])";
const named = (label: string, from: string): string => `label_replace(${calls}, "${label}", "$1", "${from}", "(.+)")`;

export const tracingDashboard: Dashboard = {
  uid: "suoke-tracing",
  title: "链路追踪 Tracing",
  services: true,
  rows: [
    {
      title: "拓扑 Topology",
      panels: [
        {
          title: "服务拓扑 Who calls whom",
          kind: "nodeGraph",
          unit: "reqps",
          description: {
            en: "Calls per second between services, counted before sampling.",
            zh: "服务之间每秒调用数，在采样之前统计。",
          },
          queries: [
            { expr: `sum by (id) (${named("id", "server")} or ${named("id", "client")})`, legend: "" },
            {
              expr:
                `sum by (id, source, target) (label_join(label_replace(${named("source", "client")}, ` +
                `"target", "$1", "server", "(.+)"), "id", " → ", "client", "server"))`,
              legend: "",
            },
          ],
          width: 24,
        },
      ],
    },
    {
      title: "调用 Spans",
      panels: [
        {
          title: "调用率 Calls",
          kind: "timeseries",
          unit: "ops",
          description: { en: "Calls per second, counted before sampling.", zh: "每秒调用数，在采样之前统计。" },
          queries: [{ expr: 'suoke:span_calls:rate5m{service=~"$service"}', legend: "{{service}} {{span_name}}" }],
          width: 8,
        },
        {
          title: "错误率 Errors",
          kind: "timeseries",
          unit: "percentunit",
          description: { en: "Share of spans that end with an error.", zh: "以错误结束的 span 比例。" },
          queries: [{ expr: 'suoke:span_errors:ratio5m{service=~"$service"}', legend: "{{service}} {{span_name}}" }],
          width: 8,
          threshold: { at: 0.05, bad: "above" },
        },
        {
          title: "P95 与七日基线 P95 and its week",
          kind: "timeseries",
          unit: "s",
          description: {
            en: "95th percentile, and its mean over the last seven days. Twice that is reported.",
            zh: "95 分位与过去七天均值，超过两倍即告警。",
          },
          queries: [
            { expr: 'suoke:span_latency:p95_5m{service=~"$service"}', legend: "{{service}} {{span_name}}" },
            { expr: 'suoke:span_latency:p95_7d{service=~"$service"}', legend: "{{service}} {{span_name}} 7d" },
          ],
          width: 8,
        },
      ],
    },
    {
      title: "采集 Collectors",
      panels: [
        {
          title: "接收与拒收 Taken and refused",
          kind: "timeseries",
          unit: "ops",
          description: {
            en: "Spans and log lines a second; none should be refused.",
            zh: "每秒 span 与日志数，不应有拒收。",
          },
          queries: [
            { expr: "sum by (app) (rate(otelcol_receiver_accepted_spans[5m]))", legend: "{{app}} spans" },
            { expr: "sum by (app) (rate(otelcol_receiver_accepted_log_records[5m]))", legend: "{{app}} lines" },
            { expr: "sum by (app) (rate(otelcol_receiver_refused_spans[5m]))", legend: "{{app}} spans refused" },
            { expr: "sum by (app) (rate(otelcol_receiver_refused_log_records[5m]))", legend: "{{app}} lines refused" },
          ],
          width: 8,
        },
        {
          title: "队列占用 Queues",
          kind: "timeseries",
          unit: "percentunit",
          description: {
            en: "How full queues are: they fill while Jaeger or Elasticsearch is away.",
            zh: "队列占用率；Jaeger 或 Elasticsearch 不可用时增长。",
          },
          queries: [{ expr: "suoke:collector_queue:ratio", legend: "{{pod}} {{exporter}}" }],
          width: 8,
          threshold: { at: 0.6, bad: "above" },
        },
        {
          title: "发送失败与过早丢弃 Not sent, dropped early",
          kind: "timeseries",
          unit: "ops",
          description: { en: "What is lost, a second.", zh: "每秒丢失的数据量。" },
          queries: [
            {
              expr: "sum by (app, exporter) (rate(otelcol_exporter_send_failed_spans[5m]))",
              legend: "{{app}} {{exporter}}",
            },
            {
              expr: "sum by (app, exporter) (rate(otelcol_exporter_send_failed_log_records[5m]))",
              legend: "{{app}} {{exporter}} lines",
            },
            {
              expr: "sum by (app) (rate(otelcol_processor_tail_sampling_sampling_trace_dropped_too_early[5m]))",
              legend: "{{app}} dropped early",
            },
          ],
          width: 8,
        },
        {
          title: "采样 Kept",
          kind: "timeseries",
          unit: "ops",
          description: { en: "Traces that are decided on, by decision.", zh: "按决定统计的链路数。" },
          queries: [
            {
              expr: "sum by (decision) (rate(otelcol_processor_tail_sampling_global_count_traces_sampled[5m]))",
              legend: "{{decision}}",
            },
          ],
          width: 12,
        },
        {
          title: "内存 Memory",
          kind: "timeseries",
          unit: "bytes",
          description: { en: "At 75 % of its limit a collector refuses.", zh: "达到上限的 75% 时开始拒收。" },
          queries: [{ expr: "max by (app, pod) (otelcol_process_memory_rss)", legend: "{{pod}}" }],
          width: 12,
        },
      ],
    },
  ],
};
