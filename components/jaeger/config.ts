import type { Elasticsearch } from "../elasticsearch/elasticsearch.ts";
import { lifecyclePolicies } from "../elasticsearch/lifecycle.ts";
import { copies } from "../elasticsearch/sizing.ts";
import { collectorPorts, ownTelemetry } from "../telemetry/collector.ts";

/** Ports of Jaeger, as it names them. */
export const jaegerPorts = {
  otlp: 4317,
  ui: 16686,
  api: 16685,
  health: 13133,
  metrics: collectorPorts.metrics,
} as const;

/** Variables with the login of whoever looks at traces, and of Jaeger at Elasticsearch. */
export const uiUser = "UI_USER";
export const uiPassword = "UI_PASSWORD";
export const storeUser = "ES_USERNAME";
export const storePassword = "ES_PASSWORD";

/** Where traces are kept. */
export type Storage =
  | { readonly kind: "memory"; readonly traces: number }
  | { readonly kind: "elasticsearch"; readonly store: Elasticsearch; readonly prefix: string };

/** What a process does: both in one where traces are in memory. */
export interface Parts {
  readonly collects: boolean;
  readonly queries: boolean;
}

/** https://www.jaegertracing.io/docs/2.20/deployment/configuration/ */
export function jaegerConfig(storage: Storage, { collects, queries }: Parts): object {
  return {
    extensions: {
      healthcheckv2: { use_v2: true, http: { endpoint: `0.0.0.0:${jaegerPorts.health}` } },
      jaeger_storage: { backends: { traces: backend(storage) } },
      ...(queries
        ? {
            // Spans say what people did and when: nobody looks at them unasked.
            basicauth: { htpasswd: { inline: `\${env:${uiUser}}:\${env:${uiPassword}}` } },
            jaeger_query: {
              storage: { traces: "traces" },
              http: { endpoint: `0.0.0.0:${jaegerPorts.ui}`, auth: { authenticator: "basicauth" } },
              // Only the process itself: whoever asks comes by HTTP and says who it is.
              grpc: { endpoint: `127.0.0.1:${jaegerPorts.api}` },
            },
          }
        : {}),
    },
    receivers: collects ? { otlp: { protocols: { grpc: { endpoint: `0.0.0.0:${jaegerPorts.otlp}` } } } } : { nop: {} },
    processors: {
      memory_limiter: { check_interval: "1s", limit_percentage: 75, spike_limit_percentage: 20 },
    },
    exporters: collects ? { jaeger_storage_exporter: { trace_storage: "traces" } } : { nop: {} },
    service: {
      extensions: ["jaeger_storage", ...(queries ? ["basicauth", "jaeger_query"] : []), "healthcheckv2"],
      pipelines: {
        traces: {
          receivers: [collects ? "otlp" : "nop"],
          processors: collects ? ["memory_limiter"] : [],
          exporters: [collects ? "jaeger_storage_exporter" : "nop"],
        },
      },
      telemetry: {
        resource: { "service.name": collects ? "jaeger-collector" : "jaeger-query" },
        // It is a collector, and is watched as one.
        ...ownTelemetry,
      },
    },
  };
}

function backend(storage: Storage): object {
  if (storage.kind === "memory") return { memory: { max_traces: storage.traces } };
  const { store, prefix } = storage;
  const { days } = store.server.traces;
  // The first indices and aliases, and templates that name the lifecycle, come from a Job: indices.ts.
  const index = {
    shards: 1,
    replicas: copies(store.server),
    rotation: { auto_rollover: { policy_name: lifecyclePolicies.traces } },
  };
  return {
    elasticsearch: {
      server_urls: [store.url],
      auth: { basic: { username: `\${env:${storeUser}}`, password: `\${env:${storePassword}}` } },
      tls: { ca_file: `${store.authority.path}/ca.crt` },
      create_mappings: false,
      indices: { index_prefix: prefix, spans: index, services: index, dependencies: index },
      // As far back as there is anything.
      max_span_age: `${(days + 1) * 24}h`,
      bulk_processing: { flush_interval: "1s", workers: 2, max_bytes: 5_000_000 },
    },
  };
}
