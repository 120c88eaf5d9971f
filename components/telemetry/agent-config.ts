import type { PersonalData } from "../../catalogue/personal-data.ts";
import {
  collectorPorts,
  diskQueue,
  fileStorage,
  healthCheck,
  memoryLimiter,
  ownTelemetry,
  retryForEver,
} from "./collector.ts";
import { gatewayName } from "./names.ts";
import { spanRedaction } from "./redaction.ts";

export interface AgentConfigArgs {
  readonly namespace: string;
  readonly personal: PersonalData;
  /** Bytes that may wait on the node. */
  readonly queueBytes: number;
}

/**
 * A node's collector: takes spans from the pods beside it, says which pod they come from, takes personal data out, and sends
 * all spans of a trace to the same gateway.
 */
export function agentConfig({ namespace, personal, queueBytes }: AgentConfigArgs): object {
  const redaction = spanRedaction(personal);
  return {
    extensions: { health_check: healthCheck, file_storage: fileStorage },
    receivers: {
      otlp: {
        protocols: {
          grpc: { endpoint: `0.0.0.0:${collectorPorts.grpc}` },
          http: { endpoint: `0.0.0.0:${collectorPorts.http}` },
        },
      },
      // For the plan's JaegerExporter; goes with the jaeger-agent Service.
      jaeger: {
        protocols: { thrift_compact: { endpoint: `0.0.0.0:${collectorPorts.thrift}`, queue_size: 1000, workers: 4 } },
      },
    },
    processors: {
      memory_limiter: memoryLimiter,
      k8s_attributes: {
        auth_type: "serviceAccount",
        filter: { node_from_env_var: "NODE_NAME", namespace },
        extract: {
          metadata: ["k8s.namespace.name", "k8s.pod.name", "k8s.pod.uid", "k8s.node.name", "k8s.deployment.name"],
        },
        pod_association: [{ sources: [{ from: "connection" }] }],
      },
      ...redaction,
    },
    exporters: {
      load_balancing: {
        routing_key: "traceID",
        resolver: { dns: { hostname: gatewayName, port: String(collectorPorts.grpc), interval: "5s", timeout: "2s" } },
        // The queue is in front of the choice of a gateway: what one of them did not take goes to another.
        sending_queue: diskQueue(queueBytes),
        retry_on_failure: retryForEver,
        protocol: {
          otlp: {
            timeout: "5s",
            tls: { insecure: true },
            sending_queue: { enabled: false },
            retry_on_failure: { enabled: false },
          },
        },
      },
    },
    service: {
      extensions: ["health_check", "file_storage"],
      telemetry: ownTelemetry,
      pipelines: {
        traces: {
          receivers: ["otlp", "jaeger"],
          processors: ["memory_limiter", "k8s_attributes", ...Object.keys(redaction)],
          exporters: ["load_balancing"],
        },
      },
    },
  };
}
