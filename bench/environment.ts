import type { Service } from "../catalogue/service.ts";
import type { Environment } from "../stacks/environment.ts";
import { loadEnvironment } from "../stacks/load.ts";
import { root } from "../local/paths.ts";

/**
 * An environment of so many services, alike in everything but name: ports, database, cache, configuration, tracing, and a
 * call to the service before it in its group of eight, so that dependencies are as deep as in the real one.
 */
export function environmentOf(count: number): Environment<string> {
  const dev = loadEnvironment("dev", root);
  const services = Array.from({ length: count }, (_, index) => serviceOf(index));
  const room = String(count * 100);
  return {
    migrations: {},
    partitioned: [],
    catalogue: Object.fromEntries(services.map((service) => [service.name, service])),
    data: {
      ...dev.data,
      // As many databases as there are services: somebody else's server takes them all.
      systems: {
        ...dev.data.systems,
        postgres: {
          kind: "external",
          host: "postgres.example.org",
          port: 5432,
          replicaHosts: [],
          cidrs: ["10.0.0.0/24"],
        },
        consul: { kind: "external", host: "consul.example.org", port: 8500, cidrs: ["10.0.1.0/24"] },
      },
      zones: { count: 1, spread: "preferred" },
      quota: {
        "requests.cpu": room,
        "requests.memory": `${room}Gi`,
        "limits.cpu": room,
        "limits.memory": `${room}Gi`,
        pods: room,
      },
      services: Object.fromEntries(
        services.map(({ name }) => [name, { kind: "on", scaling: { kind: "auto", min: 1, max: 2, cpuPercent: 70 } }]),
      ),
    },
    settings: { ...dev.settings, images: Object.fromEntries(services.map(({ name }) => [name, "v1.0.0"])) },
  };
}

/** The same services, with every system somebody else's: what is applied and waited for are services alone. */
export function servicesAlone(environment: Environment<string>): Environment<string> {
  const { data } = environment;
  const cidrs = ["10.0.2.0/24"];
  return {
    ...environment,
    data: {
      ...data,
      systems: {
        ...data.systems,
        cache: { kind: "external", host: "cache.example.org", port: 6379, cidrs },
        saga: { kind: "off" },
        tracing: { kind: "external", host: "traces.example.org", port: 4317, cidrs },
        elasticsearch: { kind: "off" },
        edge: { kind: "external", namespace: "edge", labels: { app: "edge" } },
        metrics: { kind: "external", namespace: "metrics", labels: { app: "prometheus" } },
      },
    },
  };
}

function nameOf(index: number): string {
  return `service-${String(index).padStart(4, "0")}`;
}

function serviceOf(index: number): Service<string> {
  return {
    name: nameOf(index),
    summary: { en: "A service.", zh: "服务。" },
    team: "health",
    runtime: "python",
    size: "lean",
    ports: { http: 8000, grpc: 50051 },
    metrics: { port: "http", path: "/metrics" },
    probes: { kind: "http", port: "http", live: "/health", ready: "/ready", startSeconds: 60 },
    longestRequestSeconds: 30,
    slo: { latencyP95Ms: 200, errorRatio: 0.001, availability: 0.999 },
    configFile: { kind: "service" },
    needs: {
      database: { name: `db_${index}` },
      cache: { need: "required", keyPrefixes: [`cache_${index}`] },
      configuration: "required",
      tracing: "optional",
      calls: index % 8 === 0 ? [] : [{ service: nameOf(index - 1), port: "http" }],
      outside: [],
    },
    routes: [
      {
        method: "GET",
        path: `/api/${nameOf(index)}`,
        match: "exact",
        port: "http",
        auth: "jwt",
        via: "edge",
        maxBodyMiB: 1,
      },
    ],
  };
}
