import type { Service } from "../catalogue/service.ts";
import type { Configuration } from "../components/consul/consul.ts";
import { externalConsul, managedConsul } from "../components/consul/consul.ts";
import { documentsOf } from "../components/consul/documents.ts";
import type { ServiceDocuments } from "../components/consul/documents.ts";
import { toolsImage } from "../components/images.ts";
import { postgres } from "../components/postgres/postgres.ts";
import { redis } from "../components/redis/redis.ts";
import type { Runtime } from "../components/runtime/runtime.ts";
import type { ExternalPods, Off, Systems } from "../components/systems.ts";
import type { Component } from "../kubernetes/manifest.ts";
import type { Peer } from "../kubernetes/network.ts";
import type { Rotations } from "../kubernetes/secrets.ts";
import { documentFindings } from "../policies/documents.ts";
import { refuse } from "../policies/finding.ts";
import { kubeApi } from "./connections.ts";
import type { Environment, EnvironmentData, ServiceData } from "./environment.ts";

/** What systems are built from. */
export interface SystemsArgs {
  readonly environment: Pick<Environment<string>, "data" | "settings">;
  readonly running: readonly Service<string>[];
  readonly shared: Runtime;
  readonly rotations: Rotations;
}

/** The systems that an environment has, and the components that they are made of. */
export function buildSystems(args: SystemsArgs): {
  readonly systems: Systems;
  readonly components: readonly Component[];
} {
  const { environment, running, rotations } = args;
  const { namespace, systems: data } = environment.data;
  const databases = running.flatMap(({ needs }) => (needs.database === undefined ? [] : [needs.database.name])).sort();
  const others: Omit<Systems, "consul"> = {
    ...on(data.postgres, "postgres", (server) => postgres({ namespace, server, databases, rotations })),
    ...on(data.cache, "cache", (server) => redis({ name: "redis-cache", namespace, server, rotations })),
    ...on(data.saga, "saga", (server) => redis({ name: "redis-durable", namespace, server, rotations })),
    ...on(data.tracing, "tracing", ({ host, port, cidrs }) => ({
      endpoint: { host, port },
      connection: { peer: { kind: "addresses" as const, cidrs }, ports: [port] },
    })),
    ...on(data.edge, "edge", pods),
    ...on(data.scraper, "scraper", pods),
  };
  const consul = buildConsul(args, others);
  const owners = [others.postgres, others.cache, others.saga].filter((system) => system !== undefined);
  return {
    systems: { ...others, ...(consul === undefined ? {} : { consul }) },
    components: [...owners.map(({ component }) => component), ...(consul?.components ?? [])],
  };
}

/** Consul holds references to the other systems, and so comes after them. */
function buildConsul(args: SystemsArgs, others: Omit<Systems, "consul">): Configuration | undefined {
  const { environment, running, shared, rotations } = args;
  const { data, settings } = environment;
  const { namespace } = data;
  const { consul } = data.systems;
  switch (consul.kind) {
    case "off":
      return undefined;
    case "external": {
      const services = configured(running).map(({ name }) => name);
      return externalConsul({ namespace, server: consul, services, rotations });
    }
    case "managed": {
      const documents = serviceDocuments(data, running, others);
      refuse(documentFindings(documents));
      return managedConsul({
        namespace,
        data: consul,
        documents,
        registered: running.map(({ name }) => name),
        rotations,
        toolsImage: toolsImage(settings.registry.host),
        pullSecret: shared.pullSecret,
        kubeApi: kubeApi(settings),
        scraper: others.scraper,
        zoneSpread: data.zones.spread,
      });
    }
  }
}

function configured(running: readonly Service<string>[]): Service<string>[] {
  return running.filter(({ needs }) => needs.configuration !== undefined);
}

/** What each service finds in Consul, by the services' order. */
function serviceDocuments(
  { services, logLevel, traceSampleRatio }: EnvironmentData<string>,
  running: readonly Service<string>[],
  systems: Omit<Systems, "consul">,
): ServiceDocuments[] {
  return configured(running).map((service) => {
    const declared = services[service.name];
    const { features, documents } = declared?.kind === "on" ? declared : nothing;
    return documentsOf({
      service,
      systems,
      logLevel,
      traceSampleRatio,
      ...(features === undefined ? {} : { features }),
      ...(documents === undefined ? {} : { documents }),
    });
  });
}

const nothing: Pick<Extract<ServiceData, { kind: "on" }>, "features" | "documents"> = {};

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
