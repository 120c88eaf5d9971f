/**
 * How log lines lie in Elasticsearch, as the Collector's exporter writes them (its mapping `otel`, the only one that is not asked for):
 * https://github.com/open-telemetry/opentelemetry-collector-contrib/tree/main/exporter/elasticsearchexporter. Elasticsearch's own template
 * `logs-otel@template` types these fields, of data streams that are called `logs-*.otel-*`.
 */

/** Type, dataset with the suffix of that mapping, and namespace: the exporter's own where no attribute says otherwise. */
export const logStream = "logs-generic.otel-default";

/** The pattern that roles, snapshots and the data source name. */
export const logStreams = "logs-*";

/** Fields of a line that the data source asks for, and the part of the OTLP record that each is made from. */
export const logFields = {
  "@timestamp": "time",
  "body.text": "body",
  severity_text: "severityText",
  trace_id: "traceId",
  span_id: "spanId",
} as const;

export type LogField = keyof typeof logFields;
