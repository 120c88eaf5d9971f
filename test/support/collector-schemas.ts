import * as z from "zod";

// Components of the Collector that no Go module offers, so that no program reads their configuration in tests. Their projects publish a
// schema of it (config.schema.yaml beside their source, of 0.160); here are the options of it that are not deprecated and that we use.
// What is misspelt or has another type is refused, as the Collector would.

const duration = z.string().regex(/^(\d+(ms|s|m|h))+$/);
const count = z.int().min(0);

export const unofferedSchemas: Readonly<Record<string, z.ZodType>> = {
  // connector/servicegraphconnector
  servicegraph: z.strictObject({
    latency_histogram_buckets: z.array(duration).min(1),
    store: z.strictObject({ max_items: count, ttl: duration }),
    virtual_node_peer_attributes: z.array(z.string()).min(1),
  }),
  // exporter/prometheusexporter, with an HTTP server's own
  prometheus: z.strictObject({ endpoint: z.string().regex(/^[\d.]+:\d+$/), metric_expiration: duration }),
  // exporter/elasticsearchexporter, with an HTTP client's own
  elasticsearch: z.strictObject({
    endpoints: z.array(z.url()).min(1),
    user: z.string(),
    password: z.string(),
    tls: z.strictObject({ ca_file: z.string().startsWith("/") }),
    retry: z.strictObject({
      enabled: z.boolean(),
      max_retries: count,
      initial_interval: duration,
      max_interval: duration,
      retry_on_status: z.array(z.int().min(400).max(599)),
    }),
    sending_queue: z.strictObject({ enabled: z.literal(false) }),
  }),
};
