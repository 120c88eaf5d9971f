import type { Service } from "../catalogue/service.ts";
import { consul } from "../components/consul/consul.ts";
import { postgres } from "../components/postgres/postgres.ts";
import type { RedisClient } from "../components/redis/data.ts";
import { redisExporter } from "../components/redis/exporter.ts";
import { sagaKeys } from "../components/redis/acl.ts";
import { redisCache, redisDurable } from "../components/redis/redis.ts";
import type { ExternalPods, Off, Systems } from "../components/systems.ts";
import type { Component } from "../kubernetes/manifest.ts";
import type { Peer } from "../kubernetes/network.ts";
import type { Rotations } from "../kubernetes/secrets.ts";
import type { EnvironmentData } from "./environment.ts";

/** The systems that an environment has, and the components that they are made of. */
export function buildSystems(
  { namespace, systems: data, zones }: EnvironmentData<string>,
  running: readonly Service<string>[],
  rotations: Rotations,
): { readonly systems: Systems; readonly components: readonly Component[] } {
  const databases = running.flatMap(({ needs }) => (needs.database === undefined ? [] : [needs.database.name])).sort();
  const configured = running.flatMap(({ name, needs }) => (needs.configuration === undefined ? [] : [name])).sort();
  const outside: Pick<Systems, "edge" | "scraper"> = {
    ...on(data.edge, "edge", pods),
    ...on(data.scraper, "scraper", pods),
  };
  const { scraper } = outside;
  const redis = { namespace, rotations, zoneSpread: zones.spread, ...(scraper === undefined ? {} : { scraper }) };
  const stores: Pick<Systems, "cache" | "saga"> = {
    ...on(data.cache, "cache", (cache) => redisCache({ ...redis, data: cache, clients: cacheClients(running) })),
    ...on(data.saga, "saga", (saga) => redisDurable({ ...redis, data: saga, clients: sagaClients(running) })),
  };
  const targets = [stores.cache, stores.saga].flatMap((store) => store?.targets ?? []);
  const systems: Systems = {
    ...on(data.postgres, "postgres", (server) => postgres({ namespace, server, databases, rotations })),
    ...stores,
    ...(targets.length === 0 || scraper === undefined
      ? {}
      : { redisMetrics: redisExporter({ namespace, targets, zoneSpread: zones.spread, scraper }) }),
    ...on(data.consul, "consul", (server) => consul({ namespace, server, services: configured, rotations })),
    ...on(data.tracing, "tracing", ({ host, port, cidrs }) => ({
      endpoint: { host, port },
      connection: { peer: { kind: "addresses" as const, cidrs }, ports: [port] },
    })),
    ...outside,
  };
  const { postgres: databasesOn, cache, saga, redisMetrics, consul: consulOn } = systems;
  const owners = [databasesOn, cache, saga, redisMetrics, consulOn].filter((system) => system !== undefined);
  return { systems, components: owners.map(({ component }) => component) };
}

/** Who uses the cache, and under which keys. */
function cacheClients(running: readonly Service<string>[]): RedisClient[] {
  return running.flatMap(({ name, needs }) =>
    needs.cache === undefined ? [] : [{ service: name, keys: needs.cache.keyPrefixes.map((prefix) => `${prefix}:*`) }],
  );
}

/** Who keeps sagas. All of the installation's keys are theirs. */
function sagaClients(running: readonly Service<string>[]): RedisClient[] {
  return running.flatMap(({ name, needs }) => (needs.saga === undefined ? [] : [{ service: name, keys: [sagaKeys] }]));
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
