import type { AlertCase, Series } from "../support/metrics/cases.ts";
import { level } from "../support/metrics/cases.ts";

const warning = { team: "platform", severity: "warning" };
const owner = { service: "xiaoai-service", span_name: "ask", team: "agents", severity: "warning" };
const span = 'service_name="xiaoai-service", span_name="ask"';
const disk = (pod: string): Series => ({
  [`elasticsearch_filesystem_data_size_bytes{name="${pod}"}`]: "1000x300",
});

/** Calls per 15 s, and those of them that fail. */
function calls(good: string, bad: string): Series {
  return {
    [`traces_span_metrics_calls_total{${span}, status_code="STATUS_CODE_UNSET", pod="a"}`]: good,
    [`traces_span_metrics_calls_total{${span}, status_code="STATUS_CODE_ERROR", pod="b"}`]: bad,
    // Of nobody that the catalogue knows.
    'traces_span_metrics_calls_total{service_name="elsewhere", span_name="ask", status_code="STATUS_CODE_ERROR"}':
      "0+100x300",
  };
}

/** A hundred calls per 15 s: for so many samples they take 50 to 100 ms, then 100 to 400 ms. */
function durations(before: number, after: number): Series {
  const bucket = (le: string): string => `traces_span_metrics_duration_milliseconds_bucket{${span}, le="${le}"}`;
  const all = `0+100x${before + after}`;
  return {
    ...calls(all, `0x${before + after}`),
    [bucket("50")]: `0x${before + after}`,
    [bucket("100")]: `0+100x${before} ${before * 100}x${after}`,
    [bucket("400")]: all,
    [bucket("+Inf")]: all,
  };
}

/** A counter that grows by one, or not. */
const counts = (metric: string, labels: string, values: string): Series => ({ [`${metric}{${labels}}`]: values });
const refused = (values: string): Series =>
  counts("otelcol_receiver_refused_spans", 'app="otel-agent", pod="a"', values);
const failed = (exporter: string, values: string): Series =>
  counts("otelcol_exporter_send_failed_log_records", `app="otel-gateway", pod="a", exporter="${exporter}"`, values);
const early = (values: string): Series =>
  counts("otelcol_processor_tail_sampling_sampling_trace_dropped_too_early", 'app="otel-gateway", pod="a"', values);

/** Something that must not happen for ten minutes on end. */
function persistent(
  alert: string,
  series: (values: string) => Series,
  labels: Readonly<Record<string, string>>,
): AlertCase {
  return {
    alert,
    fires: [{ series: series("0+1x100"), at: "10m15s", labels: [{ ...warning, ...labels }] }],
    silent: [
      { series: series("0+1x100"), at: "10m" },
      { series: series("5x100"), at: "20m" },
      // A burst of some minutes.
      { series: series("0+1x16 16x100"), at: "10m15s" },
    ],
    resolves: { series: series("0+1x48 48x60"), firedAt: "12m", at: "17m15s" },
  };
}

const refuses = persistent("CollectorRefuses", refused, { app: "otel-agent" });
const exports = persistent("CollectorExportFailing", (values) => failed("otlp_grpc/lines", values), {
  app: "otel-gateway",
  exporter: "otlp_grpc/lines",
});
const processed = (outcome: string): Series =>
  counts("otelcol_elasticsearch_docs_processed", `app="otel-gateway", pod="a", outcome="${outcome}"`, "0+1x100");

export const telemetryCases: readonly AlertCase[] = [
  {
    alert: "SpanErrorRatioHigh",
    // 51 of 1000 are 5.1 %, 49 of 1000 are 4.9 %.
    fires: [{ series: calls("0+949x60", "0+51x60"), at: "5m15s", labels: [owner] }],
    silent: [
      { series: calls("0+949x60", "0+51x60"), at: "5m" },
      { series: calls("0+951x60", "0+49x60"), at: "12m" },
      // Three calls a minute are too few to judge by.
      { series: calls("0x100", "0 0 0 0 0 1x4 2x4 3x4 4x4 5x4 6x4 7x4 8x40"), at: "10m" },
    ],
    resolves: { series: calls("0+900x100", "0+100x40 4000x60"), firedAt: "10m", at: "16m" },
  },
  {
    alert: "SpanSlowerThanBaseline",
    // P95 is 97.5 ms, and later 385 ms: an hour of the former weighs the mean down.
    fires: [{ series: durations(240, 120), at: "1h18m", labels: [owner] }],
    silent: [
      { series: durations(240, 120), at: "1h14m45s" },
      { series: durations(360, 0), at: "1h20m" },
      // There were no calls for a while: that the mean is no number then would hide it all week, and must not fire either.
      { series: calls("0+100x120 12000x200", "0x300"), at: "1h" },
    ],
    resolves: { series: durations(240, 480), firedAt: "1h20m", at: "2h50m" },
  },
  {
    ...refuses,
    fires: [
      ...refuses.fires,
      {
        series: counts("otelcol_receiver_refused_log_records", 'app="otel-logs", pod="a"', "0+1x100"),
        at: "10m15s",
        labels: [{ ...warning, app: "otel-logs" }],
      },
    ],
    silent: [
      ...refuses.silent,
      // The store is away: the gateway sends these lines to itself again.
      {
        series: counts(
          "otelcol_receiver_refused_log_records",
          'app="otel-gateway", pod="a", receiver="otlp/lines"',
          "0+1x100",
        ),
        at: "20m",
      },
    ],
  },
  level({
    alert: "CollectorQueueFilling",
    series: (value) => ({
      'otelcol_exporter_queue_size{app="otel-gateway", pod="g-0", exporter="otlp_grpc/jaeger", data_type="traces"}':
        value,
      'otelcol_exporter_queue_capacity{app="otel-gateway", pod="g-0", exporter="otlp_grpc/jaeger", data_type="traces"}':
        "100x200",
    }),
    bad: 61,
    good: 60,
    seconds: 300,
    labels: [{ ...warning, app: "otel-gateway", pod: "g-0", exporter: "otlp_grpc/jaeger" }],
  }),
  {
    ...exports,
    fires: [
      ...exports.fires,
      {
        series: counts(
          "otelcol_exporter_send_failed_spans",
          'app="jaeger-collector", pod="a", exporter="jaeger_storage_exporter"',
          "0+1x100",
        ),
        at: "10m15s",
        labels: [{ ...warning, app: "jaeger-collector", exporter: "jaeger_storage_exporter" }],
      },
      // A line with a field of another type than the one before.
      {
        series: processed("failed_client"),
        at: "10m15s",
        labels: [{ ...warning, app: "otel-gateway", exporter: "elasticsearch/logs" }],
      },
    ],
    silent: [
      ...exports.silent,
      // An agent tries the next gateway.
      { series: failed("load_balancing/10.0.0.1", "0+1x100"), at: "20m" },
      // The store is away, and lines are in the queue.
      { series: { ...failed("elasticsearch/logs", "0+1x100"), ...processed("internal_server_error") }, at: "20m" },
      { series: processed("success"), at: "20m" },
    ],
  },
  persistent("TracesDecidedTooEarly", early, { app: "otel-gateway" }),
  level({
    alert: "ElasticsearchDiskFilling",
    series: (value) => ({ 'elasticsearch_filesystem_data_available_bytes{name="es-0"}': value, ...disk("es-0") }),
    bad: 199,
    good: 200,
    seconds: 1800,
    labels: [{ ...warning, name: "es-0" }],
  }),
  level({
    alert: "ElasticsearchDiskFull",
    series: (value) => ({ 'elasticsearch_filesystem_data_available_bytes{name="es-0"}': value, ...disk("es-0") }),
    bad: 99,
    good: 100,
    seconds: 300,
    labels: [{ team: "platform", severity: "critical", name: "es-0" }],
  }),
  {
    alert: "ElasticsearchUnhealthy",
    fires: [
      { series: { 'elasticsearch_cluster_health_status{color="red"}': "1x60" }, at: "10m", labels: [warning] },
      // Nobody answers.
      { series: {}, at: "10m", labels: [{ ...warning, color: "red" }] },
    ],
    silent: [
      { series: { 'elasticsearch_cluster_health_status{color="red"}': "1x60" }, at: "9m45s" },
      {
        series: {
          'elasticsearch_cluster_health_status{color="red"}': "0x80",
          'elasticsearch_cluster_health_status{color="yellow"}': "1x80",
        },
        at: "20m",
      },
    ],
    resolves: {
      series: { 'elasticsearch_cluster_health_status{color="red"}': "1x44 0x40" },
      firedAt: "11m",
      at: "11m15s",
    },
  },
];
