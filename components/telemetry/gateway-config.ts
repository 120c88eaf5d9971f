import {
  collectorPorts,
  diskQueue,
  fileStorage,
  healthCheck,
  memoryLimiter,
  ownTelemetry,
  retryForEver,
} from "./collector.ts";
import { logRedaction } from "./redaction.ts";
import type { PersonalData } from "../../catalogue/personal-data.ts";
import type { Sampling } from "./data.ts";

export interface GatewayConfigArgs {
  readonly sampling: Sampling;
  /** `host:port` of Jaeger's OTLP receiver. */
  readonly jaeger: string;
  /** Bytes that may wait on its volume. */
  readonly queueBytes: number;
  /** Traces that wait for their last span. */
  readonly openTraces: number;
  /** Where log lines go, where there is a store for them. */
  readonly logs?: LogStore;
}

/** Elasticsearch as the keeper of log lines. */
export interface LogStore {
  readonly url: string;
  /** File with the authority of its certificate. */
  readonly authority: string;
  readonly personal: PersonalData;
}

/** Variables with the login at the store of log lines. */
export const logsUser = "ES_USERNAME";
export const logsPassword = "ES_PASSWORD";
/** Where the certificate for log lines is. */
export const logsTlsFolder = "/etc/otelcol-tls";

/** Within a gateway's pod. */
const linesEndpoint = `127.0.0.1:${collectorPorts.lines}`;

/** Seconds that a trace is given to be complete: longer than the longest request, which takes 30 s, with what it starts. */
export const decisionSeconds = 45;

/** Buckets in milliseconds around the objectives: 200 ms for users, and the seconds that an agent may take. */
const buckets = ["5ms", "10ms", "25ms", "50ms", "100ms", "200ms", "400ms", "800ms", "1s", "2s", "5s", "10s", "30s"];

/**
 * A gateway: counts every span before it decides which traces are kept, and sends those to Jaeger. Agents have taken
 * personal data out already.
 */
export function gatewayConfig({ sampling, jaeger, queueBytes, openTraces, logs }: GatewayConfigArgs): object {
  const lines = logs === undefined ? undefined : logParts(logs, queueBytes);
  return {
    extensions: { health_check: healthCheck, file_storage: fileStorage },
    receivers: { otlp: { protocols: { grpc: { endpoint: `0.0.0.0:${collectorPorts.grpc}` } } }, ...lines?.receivers },
    processors: {
      memory_limiter: memoryLimiter,
      tail_sampling: {
        decision_wait: `${decisionSeconds}s`,
        num_traces: openTraces,
        // A span that comes late gets the decision that its trace had.
        decision_cache: { sampled_cache_size: openTraces * 2, non_sampled_cache_size: openTraces * 2 },
        policies: policies(sampling),
      },
      ...lines?.processors,
    },
    connectors: {
      span_metrics: {
        namespace: "traces.span.metrics",
        histogram: { unit: "ms", explicit: { buckets } },
        dimensions: [{ name: "deployment.environment.name" }],
        // Which pod it was is another metric's business: series would grow with every rollout.
        resource_metrics_key_attributes: ["service.name", "service.namespace"],
        // A service that puts ids into span names would otherwise fill Prometheus.
        aggregation_cardinality_limit: 2000,
        metrics_flush_interval: "15s",
        metrics_expiration: "10m",
      },
      servicegraph: {
        latency_histogram_buckets: buckets,
        store: { max_items: 20_000, ttl: "30s" },
        virtual_node_peer_attributes: ["peer.service", "db.system.name", "db.system", "server.address"],
      },
    },
    exporters: {
      "otlp_grpc/jaeger": {
        endpoint: jaeger,
        tls: { insecure: true },
        timeout: "10s",
        retry_on_failure: retryForEver,
        sending_queue: diskQueue(queueBytes),
      },
      prometheus: {
        endpoint: `0.0.0.0:${collectorPorts.spanMetrics}`,
        metric_expiration: "10m",
      },
      ...lines?.exporters,
    },
    service: {
      extensions: ["health_check", "file_storage"],
      telemetry: ownTelemetry,
      pipelines: {
        // Before sampling: rates and latencies count all requests.
        "traces/metrics": {
          receivers: ["otlp"],
          processors: ["memory_limiter"],
          exporters: ["span_metrics", "servicegraph"],
        },
        "traces/sampled": {
          receivers: ["otlp"],
          processors: ["memory_limiter", "tail_sampling"],
          exporters: ["otlp_grpc/jaeger"],
        },
        "metrics/spans": { receivers: ["span_metrics", "servicegraph"], exporters: ["prometheus"] },
        ...lines?.pipelines,
      },
    },
  };
}

/**
 * Log lines come over TLS from nodes, where nobody holds the key of the hash: personal data is taken out here.
 *
 * They go to the store in two steps. Its exporter tries a request some times and then drops it, whatever queue stands before it
 * (https://github.com/open-telemetry/opentelemetry-collector-contrib/issues/30792). So it has none: it says whether a request
 * came through to an exporter of OTLP in the same program, which tries for ever what is on disk.
 */
function logParts({ url, authority, personal }: LogStore, queueBytes: number) {
  const redaction = logRedaction(personal);
  return {
    receivers: {
      "otlp/logs": {
        protocols: {
          grpc: {
            endpoint: `0.0.0.0:${collectorPorts.logs}`,
            // Read again when cert-manager has renewed it.
            tls: { cert_file: `${logsTlsFolder}/tls.crt`, key_file: `${logsTlsFolder}/tls.key`, reload_interval: "1h" },
          },
        },
      },
      "otlp/lines": { protocols: { grpc: { endpoint: linesEndpoint } } },
    },
    processors: redaction,
    exporters: {
      "otlp_grpc/lines": {
        endpoint: linesEndpoint,
        tls: { insecure: true },
        // One try, of however many the other one makes within. Its waits between them end after a quarter of an hour.
        timeout: "10m",
        retry_on_failure: retryForEver,
        sending_queue: diskQueue(queueBytes),
      },
      "elasticsearch/logs": {
        endpoints: [url],
        user: `\${env:${logsUser}}`,
        password: `\${env:${logsPassword}}`,
        tls: { ca_file: authority },
        // Lines that a full disk or queue keeps out (429) are tried until that time is over: it would drop those it gives up on
        // and call the request a success. What is not on the list is refused for good.
        retry: {
          enabled: true,
          max_retries: 1000,
          initial_interval: "1s",
          max_interval: "30s",
          retry_on_status: [429, 502, 503, 504],
        },
        sending_queue: { enabled: false },
      },
    },
    pipelines: {
      "logs/queued": {
        receivers: ["otlp/logs"],
        processors: ["memory_limiter", ...Object.keys(redaction)],
        exporters: ["otlp_grpc/lines"],
      },
      "logs/stored": { receivers: ["otlp/lines"], exporters: ["elasticsearch/logs"] },
    },
  };
}

/** A trace is kept when any of them says so; the shares go by the trace's id, so that a higher one includes the lower. */
function policies({ ratio, services, slowMs }: Sampling): object[] {
  const share = (value: number) => ({
    type: "probabilistic",
    probabilistic: { sampling_percentage: Number((value * 100).toFixed(4)) },
  });
  return [
    { name: "errors", type: "status_code", status_code: { status_codes: ["ERROR"] } },
    { name: "slow", type: "latency", latency: { threshold_ms: slowMs } },
    { name: "rest", ...share(ratio) },
    ...Object.entries(services)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([service, rate]) => ({
        name: service,
        type: "and",
        and: {
          and_sub_policy: [
            { name: "service", type: "string_attribute", string_attribute: { key: "service.name", values: [service] } },
            { name: "share", ...share(rate) },
          ],
        },
      })),
  ];
}
