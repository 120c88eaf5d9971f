import {
  collectorPorts,
  diskQueue,
  fileStorage,
  healthCheck,
  memoryLimiter,
  ownTelemetry,
  retryForEver,
} from "../telemetry/collector.ts";
import { logsHost } from "../telemetry/names.ts";

/** An environment whose pods' logs are read. */
export interface LogSource {
  readonly environment: string;
  readonly namespace: string;
}

/** Where the container runtime writes: `<namespace>_<pod>_<uid>/<container>/<n>.log`. */
export const podLogs = "/var/log/pods";

/** Largest line; what is longer is cut. */
const largestLine = "256KiB";

/**
 * Reads the containers' files of some environments and of no other namespace, and sends each environment's lines to its own
 * gateway. Each has a receiver and a queue of its own: one that is away holds up nobody else.
 */
export function nodeLogsConfig(sources: readonly LogSource[], queueBytes: number): object {
  const each = <Value>(prefix: string, build: (source: LogSource) => Value): Record<string, Value> =>
    Object.fromEntries(sources.map((source) => [`${prefix}/${source.environment}`, build(source)]));
  return {
    extensions: { health_check: healthCheck, file_storage: fileStorage },
    receivers: each("file_log", receiver),
    processors: { memory_limiter: memoryLimiter },
    exporters: each("otlp_grpc", ({ namespace }) => ({
      endpoint: `${logsHost(namespace)}:${collectorPorts.logs}`,
      // Encrypted; whose certificate it is cannot be checked from another namespace (docs/adr/0014).
      tls: { insecure_skip_verify: true },
      timeout: "10s",
      retry_on_failure: retryForEver,
      sending_queue: diskQueue(queueBytes),
    })),
    service: {
      extensions: ["health_check", "file_storage"],
      telemetry: ownTelemetry,
      pipelines: each("logs", ({ environment }) => ({
        receivers: [`file_log/${environment}`],
        processors: ["memory_limiter"],
        exporters: [`otlp_grpc/${environment}`],
      })),
    },
  };
}

function receiver({ environment, namespace }: LogSource): object {
  return {
    include: [`${podLogs}/${namespace}_*/*/*.log`],
    // Collectors would log about their own logs, in a circle.
    exclude: [`${podLogs}/${namespace}_otel-*/*/*.log`],
    include_file_path: true,
    include_file_name: false,
    // A pod that starts is read from its first line; how far each file was read is kept on the node.
    start_at: "beginning",
    storage: "file_storage",
    max_log_size: largestLine,
    // Files are read side by side, in rounds: the next one begins when each has been read to its end. So a pod that writes faster than
    // it is read holds up its environment's others until the kubelet rotates its file (containerLogMaxSize, 10 MiB unless set).
    max_concurrent_files: 256,
    // What a gateway does not take now stays in the file, which the kubelet bounds, and is read again.
    retry_on_failure: { enabled: true, initial_interval: "1s", max_interval: "30s", max_elapsed_time: 0 },
    resource: { "deployment.environment.name": environment, "service.namespace": "suoke-life" },
    operators,
  };
}

/** The convention for log lines: docs/traces-and-logs.md. A line that is no JSON stays as it is. */
const operators = [
  // Takes namespace, pod and container from the file's name, and puts lines together that the runtime has split.
  { id: "container", type: "container", format: "containerd" },
  { type: "copy", from: 'resource["k8s.container.name"]', to: 'resource["service.name"]' },
  {
    id: "json",
    type: "json_parser",
    if: 'type(body) == "string" && body startsWith "{"',
    parse_from: "body",
    parse_to: "attributes",
    on_error: "send_quiet",
  },
  { type: "move", if: 'type(attributes["message"]) == "string"', from: "attributes.message", to: "body" },
  {
    type: "severity_parser",
    if: 'type(attributes["level"]) == "string"',
    parse_from: "attributes.level",
    on_error: "send_quiet",
  },
  {
    type: "trace_parser",
    if: 'type(attributes["trace_id"]) == "string"',
    trace_id: { parse_from: "attributes.trace_id" },
    span_id: { parse_from: "attributes.span_id" },
    on_error: "send_quiet",
  },
];
