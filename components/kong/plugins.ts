import { gatewayHeader, requestIdHeader, strictTransportSecurity, userHeader } from "../../catalogue/edge.ts";
import type { Route } from "../../catalogue/service.ts";
import type { Metadata } from "../../kubernetes/manifest.ts";
import { shortHash } from "../../kubernetes/names.ts";
import type { EdgeTracing, KongArgs, LimitStore } from "./data.ts";
import { limitSecret } from "./consumers.ts";
import { clearUser, setUser } from "./lua.ts";
import { kongName } from "./names.ts";
import type { PluginConfig, PluginName } from "./plugin-configs.ts";
import type { KongPlugin } from "./resources.ts";
import { rewriteTemplate } from "./paths.ts";

type Meta = (name: string) => Metadata;

/** Plugins that every route has. A KongPlugin works where it is named and nowhere else. */
export function commonPlugins({ tracing }: KongArgs["surroundings"]): string[] {
  const all = ["kong-metrics", "kong-request-id", "kong-cors", "kong-response-headers"];
  return tracing === undefined ? all : [...all, tracePlugin];
}

const tracePlugin = "kong-trace";

/**
 * What a client may send of a trace. A stranger who continued a trace of ours would choose what is recorded and mix requests
 * with those of others; `traceparent` itself is overwritten.
 */
const foreignTraces = ["baggage", "tracestate", "b3", "uber-trace-id", "x-b3-sampled", "x-b3-spanid", "x-b3-traceid"];

/** The plugins of one route besides the common ones, by name. */
export function pluginsOf(
  route: Pick<Route, "auth" | "maxBodyMiB"> & Partial<Pick<Route, "path" | "rewrite">>,
): string[] {
  const who =
    route.auth === "jwt" ? ["kong-jwt", "kong-user", "kong-limit-user"] : ["kong-no-user", "kong-limit-address"];
  return [...who, sizePlugin(route.maxBodyMiB), ...(hasParameters(route) ? [rewritePlugin(route.rewrite)] : [])];
}

/** All plugins of an environment. */
export function plugins(
  { data, routes, grpcRoutes, limitStore, surroundings, namespace }: KongArgs,
  meta: Meta,
): KongPlugin[] {
  const all = [...routes, ...grpcRoutes].map(({ route }) => route);
  const sizes = [...new Set(all.map(({ maxBodyMiB }) => maxBodyMiB))].sort((a, b) => a - b);
  const rewrites = new Map(
    routes.flatMap(({ route }) => (hasParameters(route) ? [[rewritePlugin(route.rewrite), route] as const] : [])),
  );
  return [
    kongPlugin(meta("kong-metrics"), "prometheus", {
      // One issuer is one consumer: a label per user it is not.
      per_consumer: false,
      status_code_metrics: true,
      latency_metrics: true,
      bandwidth_metrics: true,
      upstream_health_metrics: true,
    }),
    kongPlugin(meta("kong-request-id"), "correlation-id", {
      header_name: requestIdHeader,
      generator: "uuid",
      echo_downstream: true,
    }),
    kongPlugin(meta("kong-cors"), "cors", {
      origins: [...data.origins],
      methods: ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
      headers: ["Authorization", "Content-Type", requestIdHeader],
      exposed_headers: [requestIdHeader, "Retry-After"],
      // Tokens travel in a header; cookies play no part.
      credentials: false,
      max_age: 3600,
    }),
    kongPlugin(meta("kong-response-headers"), "response-transformer", {
      add: {
        headers: [
          `${gatewayHeader.name}:${gatewayHeader.value}`,
          `Strict-Transport-Security:${strictTransportSecurity}`,
          "X-Content-Type-Options:nosniff",
          "Referrer-Policy:no-referrer",
        ],
      },
      // Versions of servers and frameworks are nobody's business.
      remove: { headers: ["Server", "X-Powered-By"] },
    }),
    ...trace(surroundings.tracing, namespace, meta(tracePlugin)),
    kongPlugin(meta("kong-jwt"), "jwt", {
      key_claim_name: "iss",
      claims_to_verify: ["exp"],
      header_names: ["authorization"],
      // A token in a URL ends up in logs; one in a cookie would not be the one that the limit counts.
      uri_param_names: [],
      cookie_names: [],
      run_on_preflight: false,
    }),
    kongPlugin(meta("kong-user"), "pre-function", { access: [setUser(userHeader)] }),
    kongPlugin(meta("kong-no-user"), "pre-function", { access: [clearUser(userHeader)] }),
    limit(meta("kong-limit-user"), { ...data.limits, limit_by: "header", header_name: userHeader }, limitStore),
    limit(meta("kong-limit-address"), { ...data.limits, limit_by: "ip" }, limitStore),
    ...sizes.map((size) =>
      kongPlugin(meta(sizePlugin(size)), "request-size-limiting", {
        allowed_payload_size: size,
        size_unit: "megabytes",
        // A body whose length is not announced is counted as it arrives.
        require_content_length: false,
      }),
    ),
    ...[...rewrites].map(([name, route]) =>
      kongPlugin(meta(name), "request-transformer", { replace: { uri: rewriteTemplate(route.rewrite) } }),
    ),
  ];
}

function kongPlugin<Name extends PluginName>(metadata: Metadata, plugin: Name, config: PluginConfig<Name>): KongPlugin {
  return { apiVersion: "configuration.konghq.com/v1", kind: "KongPlugin", metadata, plugin, config };
}

/** The first span of each request, so that a trace begins where the request came in. */
function trace(tracing: EdgeTracing | undefined, namespace: string, metadata: Metadata): KongPlugin[] {
  if (tracing === undefined) return [];
  const { endpoint, sampleRatio } = tracing;
  return [
    kongPlugin(metadata, "opentelemetry", {
      traces_endpoint: `http://${endpoint.host}:${endpoint.port}/v1/traces`,
      resource_attributes: {
        "k8s.namespace.name": namespace,
        "service.name": kongName,
        "service.namespace": "suoke-life",
      },
      sampling_rate: sampleRatio,
      propagation: { default_format: "w3c", clear: [...foreignTraces], inject: ["w3c"] },
    }),
  ];
}

type Counting = Pick<PluginConfig<"rate-limiting">, "minute" | "hour" | "limit_by" | "header_name">;

/** Counted in Redis for all proxies together; a count per proxy would multiply the limit by their number. */
function limit(metadata: Metadata, counting: Counting, { endpoint, username }: LimitStore): KongPlugin {
  return {
    ...kongPlugin(metadata, "rate-limiting", {
      ...counting,
      policy: "redis",
      // Without Redis nothing is limited; refusing everybody instead would make a cache as critical as the entry itself.
      fault_tolerant: true,
      redis: { host: endpoint.host, port: endpoint.port, username, timeout: 500 },
    }),
    configPatches: [
      { path: "/redis/password", valueFrom: { secretKeyRef: { name: limitSecret.name, key: limitSecret.key } } },
    ],
  };
}

function sizePlugin(maxBodyMiB: number): string {
  return `kong-size-${maxBodyMiB}mib`;
}

/** A rewrite with parameters takes a plugin: the Gateway API replaces whole paths and prefixes only. */
function hasParameters<R extends { readonly rewrite?: string }>(route: R): route is R & { readonly rewrite: string } {
  return route.rewrite?.includes(":") === true;
}

function rewritePlugin(rewrite: string): string {
  return `kong-rewrite-${shortHash(rewrite)}`;
}
