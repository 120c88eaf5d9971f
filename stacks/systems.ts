import type { Service } from "../catalogue/service.ts";
import { consul } from "../components/consul/consul.ts";
import { postgres } from "../components/postgres/postgres.ts";
import { redis } from "../components/redis/redis.ts";
import type { ExternalPods, Off, Systems } from "../components/systems.ts";
import type { Component } from "../kubernetes/manifest.ts";
import type { Peer } from "../kubernetes/network.ts";
import type { Rotations } from "../kubernetes/secrets.ts";
import type { EnvironmentData } from "./environment.ts";

/** The systems that an environment has, and the components that they are made of. */
export function buildSystems(
  { namespace, systems: data }: EnvironmentData<string>,
  running: readonly Service<string>[],
  rotations: Rotations,
): { readonly systems: Systems; readonly components: readonly Component[] } {
  const databases = running.flatMap(({ needs }) => (needs.database === undefined ? [] : [needs.database.name])).sort();
  const configured = running.flatMap(({ name, needs }) => (needs.configuration === undefined ? [] : [name])).sort();
  const systems: Systems = {
    ...on(data.postgres, "postgres", (server) => postgres({ namespace, server, databases, rotations })),
    ...on(data.cache, "cache", (server) => redis({ name: "redis-cache", namespace, server, rotations })),
    ...on(data.saga, "saga", (server) => redis({ name: "redis-durable", namespace, server, rotations })),
    ...on(data.consul, "consul", (server) => consul({ namespace, server, services: configured, rotations })),
    ...on(data.tracing, "tracing", ({ host, port, cidrs }) => ({
      endpoint: { host, port },
      connection: { peer: { kind: "addresses" as const, cidrs }, ports: [port] },
    })),
    ...on(data.edge, "edge", pods),
    ...on(data.scraper, "scraper", pods),
  };
  const { postgres: databasesOn, cache, saga, consul: consulOn } = systems;
  const owners = [databasesOn, cache, saga, consulOn].filter((system) => system !== undefined);
  return { systems, components: owners.map(({ component }) => component) };
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
