import { primaryPool, replicaPool } from "../catalogue/defaults.ts";
import type { Service } from "../catalogue/service.ts";
import { operatorPeer } from "../components/cloudnative-pg/cloudnative-pg.ts";
import { observability } from "./observability.ts";
import { largestScale } from "../components/microservice/args.ts";
import type { ManagedEdge } from "../components/kong/data.ts";
import type { Edge } from "../components/kong/kong.ts";
import type { DatabaseClient } from "../components/postgres/databases.ts";
import { postgres } from "../components/postgres/postgres.ts";
import { scraperPeer } from "../components/prometheus/names.ts";
import { sagaKeys } from "../components/redis/acl.ts";
import type { RedisClient } from "../components/redis/data.ts";
import { redisExporter } from "../components/redis/exporter.ts";
import { redisCache, redisDurable } from "../components/redis/redis.ts";
import type { Runtime } from "../components/runtime/runtime.ts";
import type { ExternalPods, Off, Systems } from "../components/systems.ts";
import { compare } from "../kubernetes/names.ts";
import type { Component } from "../kubernetes/manifest.ts";
import type { Peer } from "../kubernetes/network.ts";
import type { Rotations } from "../kubernetes/secrets.ts";
import { kubeApi } from "./connections.ts";
import { buildConsul } from "./consul.ts";
import { buildEdge, limiter } from "./edge.ts";
import type { Environment, EnvironmentData } from "./environment.ts";
import { imageOf, toolsImageName } from "./images.ts";

/** The systems that an environment has, and the components that they are made of. */
export function buildSystems(
  environment: Environment<string>,
  running: readonly Service<string>[],
  rotations: Rotations,
  runtime: Runtime,
): { readonly systems: Systems; readonly components: readonly Component[] } {
  const { data, settings, migrations, partitioned } = environment;
  const { namespace } = data;
  const { metrics } = data.systems;
  const scraper = metrics.kind === "off" ? {} : { scraper: metrics.kind === "managed" ? scraperPeer : pods(metrics) };
  const zoneSpread = data.zones.spread;
  const redis = { namespace, rotations, zoneSpread, ...scraper };
  const stores: Pick<Systems, "cache" | "saga"> = {
    ...on(data.systems.cache, "cache", (cache) =>
      redisCache({ ...redis, data: cache, clients: cacheClients(running, data.systems.edge) }),
    ),
    ...on(data.systems.saga, "saga", (saga) => redisDurable({ ...redis, data: saga, clients: sagaClients(running) })),
  };
  const targets = [stores.cache, stores.saga].flatMap((store) => store?.targets ?? []);
  const inside: Omit<Systems, "consul" | "edge"> = {
    ...on(data.systems.postgres, "postgres", (server) =>
      postgres({
        namespace,
        server,
        rotations,
        clients: databaseClients(running, data),
        surroundings: {
          ...scraper,
          kubeApi: kubeApi(settings),
          pullSecret: runtime.pullSecret,
          migrations,
          partitioned,
          zoneSpread,
          operator: operatorPeer,
          toolsImage: server.kind === "managed" ? imageOf(toolsImageName, settings).reference : "",
        },
      }),
    ),
    ...stores,
    ...(targets.length === 0 || scraper.scraper === undefined
      ? {}
      : { redisMetrics: redisExporter({ namespace, targets, zoneSpread, scraper: scraper.scraper }) }),
    ...observability(environment, running, rotations, kubeApi(settings), scraper),
    ...scraper,
  };
  const edge = edgeOf(data.systems.edge, (managed) =>
    buildEdge(environment, managed, running, inside, { zoneSpread, kubeApi: kubeApi(settings), ...scraper }),
  );
  const others: Omit<Systems, "consul"> = { ...inside, ...(edge === undefined ? {} : { edge }) };
  const systems: Systems = { ...others, ...buildConsul({ environment, running, systems: others, runtime, rotations }) };
  const { postgres: databases, cache, saga, redisMetrics, consul, elasticsearch: search, tracing } = systems;
  const single = [cache, saga, redisMetrics].flatMap((system) => (system === undefined ? [] : [system.component]));
  const several = [databases, search, tracing, consul, edge].flatMap((system) => system?.components ?? []);
  return { systems, components: [...several, ...single] };
}

/** The public entry: ours, or pods of somebody else's, to which our Services have nothing to say. */
function edgeOf(data: EnvironmentData["systems"]["edge"], build: (data: ManagedEdge) => Edge): Edge | undefined {
  switch (data.kind) {
    case "off":
      return undefined;
    case "external":
      return { components: [], peer: pods(data), annotations: () => ({}) };
    case "managed":
      return build(data);
  }
}

/** Who uses the cache, and under which keys. */
function cacheClients(running: readonly Service<string>[], edge: EnvironmentData["systems"]["edge"]): RedisClient[] {
  const services = running.flatMap(({ name, needs }) =>
    needs.cache === undefined ? [] : [{ service: name, keys: needs.cache.keyPrefixes.map((prefix) => `${prefix}:*`) }],
  );
  return edge.kind === "managed" ? [...services, limiter] : services;
}

/** Who keeps sagas. All of the installation's keys are theirs. */
function sagaClients(running: readonly Service<string>[]): RedisClient[] {
  return running.flatMap(({ name, needs }) => (needs.saga === undefined ? [] : [{ service: name, keys: [sagaKeys] }]));
}

/** The services that keep data, with the connections that they may open at the largest scale. */
export function databaseClients(
  running: readonly Service<string>[],
  { services }: EnvironmentData<string>,
): DatabaseClient[] {
  return running
    .flatMap(({ name, needs: { database } }): DatabaseClient[] => {
      const declared = services[name];
      if (database === undefined || declared?.kind !== "on") return [];
      const { pods: most, surge } = largestScale(declared.scaling);
      const pools = { pool: database.pool ?? primaryPool, replicaPool: database.replicaPool ?? replicaPool };
      return [{ database: database.name, service: name, pods: most, surge, ...pools }];
    })
    .sort((a, b) => compare(a.database, b.database));
}

function on<Data extends { readonly kind: string }, Name extends string, Handle>(
  data: Data | Off,
  name: Name,
  build: (data: Data) => Handle,
): { readonly [key in Name]?: Handle } {
  return data.kind === "off" ? {} : ({ [name]: build(data as Data) } as { [key in Name]: Handle });
}

function pods({ namespace, labels }: ExternalPods): Peer {
  return { kind: "pods", namespace, labels };
}
