/**
 * How log lines lie in Elasticsearch, as the Collector's exporter writes them (its mapping `otel`, the only one that is not asked for):
 * https://github.com/open-telemetry/opentelemetry-collector-contrib/tree/main/exporter/elasticsearchexporter. Elasticsearch's own template
 * `logs-otel@template` types these fields, of data streams that are called `logs-*.otel-*`.
 */

/** Type, dataset with the suffix of that mapping, and namespace: the exporter's own where no attribute says otherwise. */
export const logStream = "logs-generic.otel-default";

/** The pattern that roles, snapshots and the data source name. */
export const logStreams = "logs-*";

/**
 * Fields of a line that are asked for: the part of the OTLP record that each is made from, and the type that Elasticsearch 8.19's
 * component template `logs-otel@mappings` (and `logs@mappings`, for the time) gives it.
 */
export const logFields = {
  "@timestamp": { part: "time", type: "date" },
  "body.text": { part: "body", type: "match_only_text" },
  severity_text: { part: "severityText", type: "keyword" },
  trace_id: { part: "traceId", type: "keyword" },
  span_id: { part: "spanId", type: "keyword" },
} as const;

export type LogField = keyof typeof logFields;
