import type { Service } from "../../catalogue/service.ts";
import type { Metadata, ObjectOf } from "../../kubernetes/manifest.ts";
import { trackName } from "../microservice/args.ts";
import { grpcHost } from "../microservice/services.ts";
import type { EdgeGrpcRoute, EdgeRoute, KongArgs } from "./data.ts";
import { kongName } from "./names.ts";
import { oldGatewayName } from "./old-gateway.ts";
import { pathMatch } from "./paths.ts";
import { commonPlugins, pluginsOf } from "./plugins.ts";
import { kongGroup } from "./resources.ts";

type HttpRoute = ObjectOf<"HTTPRoute">;
type HttpRule = NonNullable<HttpRoute["spec"]["rules"]>[number];
type GrpcRoute = ObjectOf<"GRPCRoute">;
type GrpcRule = NonNullable<GrpcRoute["spec"]["rules"]>[number];
type Meta = (name: string) => Metadata;

/** Rules that one object may hold: https://gateway-api.sigs.k8s.io/reference/spec/#httproutespec */
const mostRules = 16;

/** Everything that is public, one object per target (several where a target has many routes). */
export function httpRoutes(args: KongArgs, meta: Meta): HttpRoute[] {
  const { routes, host, surroundings } = args;
  return grouped(routes).flatMap(([target, its]) =>
    chunks(its.map((each) => rule(each, args))).map((rules, index) => ({
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "HTTPRoute",
      metadata: routeMeta(meta(index === 0 ? target.name : `${target.name}-${index + 1}`), surroundings),
      spec: { ...parent(host), rules },
    })),
  );
}

/** A GRPCRoute for each service, as many as its rules take. */
export function grpcRoutes({ grpcRoutes: routes, host, canaries, surroundings }: KongArgs, meta: Meta): GrpcRoute[] {
  return grouped(routes).flatMap(([target, its]) =>
    chunks(its.map((each) => grpcRule(each, canaries))).map((rules, index) => ({
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "GRPCRoute",
      metadata: routeMeta(meta(index === 0 ? target.name : `${target.name}-${index + 1}`), surroundings),
      spec: { ...parent(host), rules },
    })),
  );
}

/** Where Kong listens for the environment, and with which certificate. */
export function gateway(
  { host, gatewayClass }: KongArgs,
  certificate: string,
  metadata: Metadata,
): ObjectOf<"Gateway"> {
  const allowedRoutes = { namespaces: { from: "Same" as const } };
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "Gateway",
    metadata,
    spec: {
      gatewayClassName: gatewayClass,
      listeners: [
        // For the authority's question alone; everything else is sent on to https.
        { name: "http", protocol: "HTTP", port: 80, hostname: host, allowedRoutes },
        {
          name: "https",
          protocol: "HTTPS",
          port: 443,
          hostname: host,
          allowedRoutes,
          tls: { mode: "Terminate", certificateRefs: [{ group: "", kind: "Secret", name: certificate }] },
        },
      ],
    },
  };
}

function routeMeta(metadata: Metadata, surroundings: KongArgs["surroundings"]): Metadata {
  return {
    ...metadata,
    annotations: {
      "konghq.com/plugins": commonPlugins(surroundings).join(","),
      // Whoever comes unencrypted is sent to the same address with https, and its method and body with it.
      "konghq.com/https-redirect-status-code": "308",
    },
  };
}

function parent(host: string): Pick<HttpRoute["spec"], "parentRefs" | "hostnames"> {
  return {
    parentRefs: [{ group: "gateway.networking.k8s.io", kind: "Gateway", name: kongName, sectionName: "https" }],
    hostnames: [host],
  };
}

function rule({ route, target, oldShare }: EdgeRoute, { canaries, oldGateway }: KongArgs): HttpRule {
  const port = portOf(target, route.port);
  const method = route.method === "ANY" ? {} : { method: route.method };
  return {
    matches: [{ path: pathMatch(route), ...method }],
    filters: [...rewrite(route), ...pluginsOf(route).map(plugin)],
    backendRefs:
      oldGateway === undefined || oldShare === 0
        ? backends(target, canaries, (name) => name, port)
        : [backend(target.name, port, 100 - oldShare), backend(oldGatewayName(target), oldGateway.port, oldShare)],
  };
}

function grpcRule({ route, target }: EdgeGrpcRoute, canaries: KongArgs["canaries"]): GrpcRule {
  const { service, method } = route;
  return {
    matches: [{ method: { type: "Exact", service, ...(method === undefined ? {} : { method }) } }],
    filters: pluginsOf(route).map(plugin),
    backendRefs: backends(target, canaries, grpcHost, portOf(target, "grpc")),
  };
}

/** The target's Service, and the one of its canary with its share. In percent, so that a weight is what it says. */
function backends(
  { name }: Service<string>,
  canaries: KongArgs["canaries"],
  host: (name: string) => string,
  port: number,
) {
  const share = canaries.get(name);
  if (share === undefined) return [backend(host(name), port, 100)];
  return [backend(host(name), port, 100 - share), backend(host(trackName(name, "canary")), port, share)];
}

function backend(name: string, port: number, weight: number) {
  return { group: "", kind: "Service" as const, name, port, weight };
}

/** A plain path becomes another one; one with parameters takes a plugin. */
function rewrite(route: EdgeRoute["route"]): NonNullable<HttpRule["filters"]> {
  if (route.rewrite === undefined || route.rewrite.includes(":")) return [];
  const path =
    route.match === "exact"
      ? { type: "ReplaceFullPath" as const, replaceFullPath: route.rewrite }
      : { type: "ReplacePrefixMatch" as const, replacePrefixMatch: route.rewrite };
  return [{ type: "URLRewrite", urlRewrite: { path } }];
}

function plugin(name: string) {
  return { type: "ExtensionRef" as const, extensionRef: { group: kongGroup, kind: "KongPlugin", name } };
}

/** @throws when the target has no such port; the catalogue's checks have reported that before */
function portOf({ name, ports }: Service<string>, port: "http" | "grpc"): number {
  const number = ports[port];
  if (number === undefined) throw new Error(`${name} has no port "${port}".`);
  return number;
}

function grouped<R extends { readonly target: Service<string> }>(routes: readonly R[]): [R["target"], R[]][] {
  return [...Map.groupBy(routes, ({ target }) => target.name).values()].flatMap((its) =>
    its[0] === undefined ? [] : [[its[0].target, its]],
  );
}

function chunks<T>(all: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(all.length / mostRules) }, (_, index) =>
    all.slice(index * mostRules, (index + 1) * mostRules),
  );
}
