import * as z from "zod";
import type { Metadata } from "../../kubernetes/manifest.ts";
import type { PluginConfig, PluginName } from "./plugin-configs.ts";
import { pluginConfigs } from "./plugin-configs.ts";

/** Group of the controller's kinds. No package has their types; what is here is what we use of them. */
export const kongGroup = "configuration.konghq.com";

/** A value in a plugin's configuration that comes from a Secret: a JSON patch whose value is the Secret's key, itself JSON. */
const configPatch = z.strictObject({
  path: z.string().startsWith("/"),
  valueFrom: z.strictObject({ secretKeyRef: z.strictObject({ name: z.string(), key: z.string() }) }),
});

export const pluginFields = z.strictObject({
  plugin: z.enum(Object.keys(pluginConfigs) as [PluginName, ...PluginName[]]),
  config: z.record(z.string(), z.unknown()),
  configPatches: z.array(configPatch).optional(),
});

/** A plugin with its configuration. A route names it; without that it does nothing. */
export interface KongPlugin {
  readonly apiVersion: "configuration.konghq.com/v1";
  readonly kind: "KongPlugin";
  readonly metadata: Metadata;
  readonly plugin: PluginName;
  readonly config: PluginConfig;
  readonly configPatches?: readonly z.output<typeof configPatch>[];
}

export const consumerFields = z.strictObject({ username: z.string().min(1), credentials: z.array(z.string()) });

/** Somebody whose credentials Kong accepts. */
export interface KongConsumer {
  readonly apiVersion: "configuration.konghq.com/v1";
  readonly kind: "KongConsumer";
  readonly metadata: Metadata;
  readonly username: string;
  readonly credentials: readonly string[];
}

const status = z.int().min(100).max(599);
const count = z.int().min(0);

export const upstreamPolicySpec = z.strictObject({
  algorithm: z.enum(["round-robin", "least-connections", "latency", "consistent-hashing"]),
  healthchecks: z.strictObject({
    threshold: count,
    active: z.strictObject({
      type: z.enum(["http", "tcp"]),
      httpPath: z.string().startsWith("/").optional(),
      timeout: count,
      healthy: z.strictObject({ interval: count, successes: count, httpStatuses: z.array(status).optional() }),
      unhealthy: z.strictObject({
        interval: count,
        httpFailures: count,
        tcpFailures: count,
        timeouts: count,
        httpStatuses: z.array(status).optional(),
      }),
    }),
    passive: z.strictObject({
      type: z.enum(["http", "tcp"]),
      healthy: z.strictObject({ successes: count, httpStatuses: z.array(status).optional() }),
      unhealthy: z.strictObject({
        httpFailures: count,
        tcpFailures: count,
        timeouts: count,
        httpStatuses: z.array(status).optional(),
      }),
    }),
  }),
});

/** How Kong spreads requests over the pods behind a Service, and when it stops asking one. */
export interface KongUpstreamPolicy {
  readonly apiVersion: "configuration.konghq.com/v1beta1";
  readonly kind: "KongUpstreamPolicy";
  readonly metadata: Metadata;
  readonly spec: z.output<typeof upstreamPolicySpec>;
}
