import type { Dashboard } from "../monitoring/dashboard.ts";
import { panel } from "../monitoring/dashboard.ts";

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
        panel(
          "服务拓扑 Who calls whom",
          "reqps",
          ["Calls per second between services, counted before sampling.", "服务之间每秒调用数，在采样之前统计。"],
          [
            `sum by (id) (${named("id", "server")} or ${named("id", "client")})`,
            `sum by (id, source, target) (label_join(label_replace(${named("source", "client")}, ` +
              `"target", "$1", "server", "(.+)"), "id", " → ", "client", "server"))`,
          ],
          { kind: "nodeGraph", width: 24 },
        ),
      ],
    },
    {
      title: "调用 Spans",
      panels: [
        panel(
          "调用率 Calls",
          "ops",
          ["Calls per second, counted before sampling.", "每秒调用数，在采样之前统计。"],
          { "{{service}} {{span_name}}": 'suoke:span_calls:rate5m{service=~"$service"}' },
          { width: 8 },
        ),
        panel(
          "错误率 Errors",
          "percentunit",
          ["Share of spans that end with an error.", "以错误结束的 span 比例。"],
          { "{{service}} {{span_name}}": 'suoke:span_errors:ratio5m{service=~"$service"}' },
          { width: 8, above: 0.05 },
        ),
        panel(
          "P95 与七日基线 P95 and its week",
          "s",
          [
            "95th percentile, and its mean over the last seven days. Twice that is reported.",
            "95 分位与过去七天均值，超过两倍即告警。",
          ],
          {
            "{{service}} {{span_name}}": 'suoke:span_latency:p95_5m{service=~"$service"}',
            "{{service}} {{span_name}} 7d": 'suoke:span_latency:p95_7d{service=~"$service"}',
          },
          { width: 8 },
        ),
      ],
    },
    {
      title: "采集 Collectors",
      panels: [
        panel(
          "接收与拒收 Taken and refused",
          "ops",
          ["Spans and log lines a second; none should be refused.", "每秒 span 与日志数，不应有拒收。"],
          {
            "{{app}} spans": "sum by (app) (rate(otelcol_receiver_accepted_spans[5m]))",
            "{{app}} lines": "sum by (app) (rate(otelcol_receiver_accepted_log_records[5m]))",
            "{{app}} spans refused": "sum by (app) (rate(otelcol_receiver_refused_spans[5m]))",
            "{{app}} lines refused": "sum by (app) (rate(otelcol_receiver_refused_log_records[5m]))",
          },
          { width: 8 },
        ),
        panel(
          "队列占用 Queues",
          "percentunit",
          [
            "How full queues are: they fill while Jaeger or Elasticsearch is away.",
            "队列占用率；Jaeger 或 Elasticsearch 不可用时增长。",
          ],
          { "{{pod}} {{exporter}}": "suoke:collector_queue:ratio" },
          { width: 8, above: 0.6 },
        ),
        panel(
          "发送失败与过早丢弃 Not sent, dropped early",
          "ops",
          ["What is lost, a second.", "每秒丢失的数据量。"],
          {
            "{{app}} {{exporter}}": "sum by (app, exporter) (rate(otelcol_exporter_send_failed_spans[5m]))",
            "{{app}} {{exporter}} lines": "sum by (app, exporter) (rate(otelcol_exporter_send_failed_log_records[5m]))",
            "{{app}} dropped early":
              "sum by (app) (rate(otelcol_processor_tail_sampling_sampling_trace_dropped_too_early[5m]))",
          },
          { width: 8 },
        ),
        panel(
          "采样 Kept",
          "ops",
          ["Traces that are decided on, by decision.", "按决定统计的链路数。"],
          {
            "{{decision}}": "sum by (decision) (rate(otelcol_processor_tail_sampling_global_count_traces_sampled[5m]))",
          },
          { width: 12 },
        ),
        panel(
          "内存 Memory",
          "bytes",
          ["At 75 % of its limit a collector refuses.", "达到上限的 75% 时开始拒收。"],
          { "{{pod}}": "max by (app, pod) (otelcol_process_memory_rss)" },
          { width: 12 },
        ),
      ],
    },
  ],
};
