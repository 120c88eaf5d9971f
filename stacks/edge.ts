import type { Route, Service } from "../catalogue/service.ts";
import type { EdgeGrpcRoute, EdgeRoute, EdgeSurroundings, ManagedEdge } from "../components/kong/data.ts";
import type { Edge } from "../components/kong/kong.ts";
import { kong } from "../components/kong/kong.ts";
import { kongName } from "../components/kong/names.ts";
import type { RedisClient } from "../components/redis/data.ts";
import type { Systems } from "../components/systems.ts";
import type { Environment, EnvironmentData } from "./environment.ts";
import { canaryWeights } from "./rollouts.ts";
import type { Settings } from "./settings.ts";

/** What the public entry's controller calls itself, and the class of its gateway: one for each environment of a cluster. */
export function gatewayClassOf({ name }: Pick<EnvironmentData<string>, "name">): string {
  return `kong-${name}`;
}

/** How settings and people name a route: `GET /api/v1/users/:id`. */
export function describeRoute({ method, path }: Pick<Route, "method" | "path">): string {
  return `${method} ${path}`;
}

/** Share of a route's requests that still go to the old gateway, in percent. */
function oldShareOf(route: Route, oldGateway: Settings["oldGateway"]): number {
  return oldGateway === undefined ? 0 : (oldGateway.routes[describeRoute(route)] ?? oldGateway.weight);
}

/** Every public route of the services that run, with where it leads: to its service, or to the gateway in front of it. */
export function edgeRoutes(running: readonly Service<string>[], oldGateway?: Settings["oldGateway"]): EdgeRoute[] {
  const gateway = running.find(({ configFile }) => configFile.kind === "gateway");
  return running.flatMap((service) =>
    service.routes.flatMap((route): EdgeRoute[] => {
      const oldShare = oldShareOf(route, oldGateway);
      // The gateway rewrites what passes through it itself, and the old one knows public paths alone.
      const { rewrite: _, ...unchanged } = route;
      if (route.via === "edge") return [{ route: oldShare === 100 ? unchanged : route, target: service, oldShare }];
      return gateway === undefined ? [] : [{ route: unchanged, target: gateway, oldShare }];
    }),
  );
}

/** The gRPC routes of the services that run: the entry sends all of them to the services themselves. */
export function edgeGrpcRoutes(running: readonly Service<string>[]): EdgeGrpcRoute[] {
  return running.flatMap((target) => (target.grpcRoutes ?? []).map((route) => ({ route, target })));
}

/** How the entry uses the cache: its limiter counts in a script, under keys of its own. */
export const limiter: RedisClient = { service: kongName, keys: ["ratelimit:*"], scripts: true };

/** The public entry of an environment. */
export function buildEdge(
  environment: Environment<string>,
  data: ManagedEdge,
  running: readonly Service<string>[],
  { cache, tracing }: Pick<Systems, "cache" | "tracing">,
  surroundings: Omit<EdgeSurroundings, "tracing">,
): Edge {
  const {
    data: { name, namespace, traceSampleRatio },
    settings,
  } = environment;
  if (cache === undefined) throw new Error("The edge counts requests in the cache, which is off.");
  return kong({
    namespace,
    data,
    gatewayClass: gatewayClassOf({ name }),
    host: settings.domain,
    routes: edgeRoutes(running, settings.oldGateway),
    ...(settings.oldGateway === undefined ? {} : { oldGateway: settings.oldGateway }),
    grpcRoutes: edgeGrpcRoutes(running),
    canaries: canaryWeights(environment),
    issuers: settings.tokens,
    limitStore: { endpoint: cache.endpoint, connection: cache.connection, ...cache.login(limiter.service) },
    surroundings: {
      ...surroundings,
      ...(tracing?.http === undefined ? {} : { tracing: { ...tracing.http, sampleRatio: traceSampleRatio } }),
    },
  });
}
