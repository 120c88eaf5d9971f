import * as z from "zod";

const strings = z.array(z.string());
const headers = z.strictObject({ headers: strings });

/**
 * What we use of each plugin's configuration, as Kong 3.9 checks it (https://docs.konghq.com/hub/). One schema is the type
 * of what we write, what tests check it with, and the definition on the embedded cluster: a misspelt field would make Kong
 * refuse the whole configuration.
 */
export const pluginConfigs = {
  "correlation-id": z.strictObject({
    header_name: z.string(),
    generator: z.enum(["uuid", "uuid#counter", "tracker"]),
    echo_downstream: z.boolean(),
  }),
  cors: z.strictObject({
    origins: strings,
    methods: strings,
    headers: strings,
    exposed_headers: strings,
    credentials: z.boolean(),
    /** Seconds that a browser remembers the answer. */
    max_age: z.int(),
  }),
  jwt: z.strictObject({
    key_claim_name: z.string(),
    claims_to_verify: z.array(z.enum(["exp", "nbf"])),
    header_names: strings,
    uri_param_names: strings,
    cookie_names: strings,
    run_on_preflight: z.boolean(),
  }),
  opentelemetry: z.strictObject({
    traces_endpoint: z.url(),
    resource_attributes: z.record(z.string(), z.string().min(1)),
    sampling_rate: z.number().min(0).max(1),
    // Without "extract": nothing that a client sends of a trace is believed.
    propagation: z.strictObject({
      default_format: z.literal("w3c"),
      clear: strings,
      inject: z.array(z.literal("w3c")),
    }),
  }),
  "pre-function": z.strictObject({ access: strings }),
  prometheus: z.strictObject({
    per_consumer: z.boolean(),
    status_code_metrics: z.boolean(),
    latency_metrics: z.boolean(),
    bandwidth_metrics: z.boolean(),
    upstream_health_metrics: z.boolean(),
  }),
  "rate-limiting": z.strictObject({
    minute: z.int().min(1),
    hour: z.int().min(1),
    limit_by: z.enum(["header", "ip"]),
    header_name: z.string().optional(),
    policy: z.literal("redis"),
    fault_tolerant: z.boolean(),
    redis: z.strictObject({
      host: z.string(),
      port: z.int(),
      username: z.string(),
      /** Milliseconds. */
      timeout: z.int(),
    }),
  }),
  "request-size-limiting": z.strictObject({
    allowed_payload_size: z.int().min(1),
    size_unit: z.enum(["megabytes", "kilobytes", "bytes"]),
    require_content_length: z.boolean(),
  }),
  "request-transformer": z.strictObject({ replace: z.strictObject({ uri: z.string() }) }),
  "response-transformer": z.strictObject({ add: headers, remove: headers }),
} as const satisfies Record<string, z.ZodObject>;

export type PluginName = keyof typeof pluginConfigs;
export type PluginConfig<Name extends PluginName = PluginName> = z.output<(typeof pluginConfigs)[Name]>;

/** Plugins that the controller itself makes from filters of a route. */
const controllerPlugins = ["redirect", "request-termination"];

/** All that Kong loads: what it does not load cannot be misused. */
export const loadedPlugins: readonly string[] = [...Object.keys(pluginConfigs), ...controllerPlugins].sort();
