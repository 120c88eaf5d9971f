/** Ports of every collector. */
export const collectorPorts = {
  /** OTLP over gRPC and HTTP. */
  grpc: 4317,
  http: 4318,
  /** Thrift compact over UDP, as the plan's exporter sends it. */
  thrift: 6831,
  health: 13133,
  /** About itself. */
  metrics: 8888,
  /** About spans: only gateways. */
  spanMetrics: 8889,
  /** Log lines over TLS: only gateways. */
  logs: 4319,
  /** Log lines from a gateway's queue to its way to the store: within the pod. */
  lines: 4320,
} as const;

/** Where queues are kept. */
export const queueFolder = "/var/lib/otelcol";

/** Refuses new data well before the kernel would kill: senders keep it and try again. */
export const memoryLimiter = {
  check_interval: "1s",
  // Of the container's limit; the rest is for what is not heap, and for peaks between two checks.
  limit_percentage: 75,
  spike_limit_percentage: 20,
} as const;

/** Queues outlive a restart. */
export const fileStorage = {
  directory: queueFolder,
  timeout: "10s",
  // A queue that was full leaves an empty file of that size behind.
  compaction: {
    on_start: true,
    on_rebound: true,
    directory: queueFolder,
    rebound_needed_threshold_mib: 64,
    rebound_trigger_threshold_mib: 16,
    cleanup_on_start: true,
  },
} as const;

/** Keeps trying: what is acknowledged is in the queue on disk, and stays there. */
export const retryForEver = {
  enabled: true,
  initial_interval: "1s",
  max_interval: "30s",
  max_elapsed_time: 0,
} as const;

/** A queue on disk that sends in batches; the batch processor would hold what it acknowledged in memory. */
export function diskQueue(bytes: number): object {
  return {
    enabled: true,
    storage: "file_storage",
    sizer: "bytes",
    queue_size: bytes,
    num_consumers: 4,
    batch: { sizer: "bytes", flush_timeout: "1s", min_size: 512 * 1024, max_size: 2 * 1024 * 1024 },
  };
}

/** Metrics about itself, JSON logs, and no traces of its own. */
export const ownTelemetry = {
  logs: { level: "info", encoding: "json" },
  metrics: {
    level: "normal",
    readers: [
      {
        pull: {
          exporter: {
            prometheus: {
              host: "0.0.0.0",
              port: collectorPorts.metrics,
              // Names as the collector's own documentation and dashboards have them.
              without_scope_info: true,
              without_type_suffix: true,
              without_units: true,
            },
          },
        },
      },
    ],
  },
} as const;

export const healthCheck = { endpoint: `0.0.0.0:${collectorPorts.health}` } as const;
