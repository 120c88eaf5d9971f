import type { Service } from "../catalogue/service.ts";
import type { Environment, ServiceData } from "../stacks/environment.ts";
import { environmentFrom, serviceName } from "../test/support/synthetic.ts";

/**
 * An environment of so many services, alike in everything but name: ports, database, cache, configuration, tracing, and a
 * call to the service before it in its group of eight, so that dependencies are as deep as in the real one.
 */
export function environmentOf(count: number): Environment<string> {
  const scaling: ServiceData = { kind: "on", scaling: { kind: "auto", min: 1, max: 2, cpuPercent: 70 } };
  return environmentFrom(Array.from({ length: count }, (_, index) => [serviceOf(index), scaling] as const));
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

function serviceOf(index: number): Service<string> {
  return {
    name: serviceName(index),
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
      calls: index % 8 === 0 ? [] : [{ service: serviceName(index - 1), port: "http" }],
      outside: [],
    },
    routes: [
      {
        method: "GET",
        path: `/api/${serviceName(index)}`,
        match: "exact",
        port: "http",
        auth: "jwt",
        via: "edge",
        maxBodyMiB: 1,
      },
    ],
  };
}
