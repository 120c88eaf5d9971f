import fc from "fast-check";
import type { Route, Service } from "../../catalogue/service.ts";
import type { Environment, ServiceData } from "../../stacks/environment.ts";
import { environmentFrom, serviceName } from "./synthetic.ts";

/** A random valid environment: a catalogue of up to `most` services whose calls have no cycle, on systems that are there. */
export function anyEnvironment(most = 8): fc.Arbitrary<Environment<string>> {
  return fc
    .integer({ min: 1, max: most })
    .chain((count) =>
      fc.tuple(...Array.from({ length: count }, (_, index) => fc.tuple(anyService(index), anyScaling()))),
    )
    .map((services) => environmentFrom(services));
}

/** Calls go to services of a lower number: that rules cycles out. */
function anyService(index: number): fc.Arbitrary<Service<string>> {
  const calls = fc.uniqueArray(fc.integer({ min: 0, max: Math.max(0, index - 1) }), { maxLength: index === 0 ? 0 : 3 });
  return fc
    .record({
      runtime: fc.constantFrom("python" as const, "go" as const),
      size: fc.constantFrom("lean" as const, "standard" as const, "agent" as const),
      http: fc.integer({ min: 1024, max: 30_000 }),
      grpc: fc.option(fc.integer({ min: 30_001, max: 60_000 }), { nil: undefined }),
      ownMetrics: fc.boolean(),
      longest: fc.integer({ min: 1, max: 110 }),
      database: fc.boolean(),
      cache: fc.boolean(),
      saga: fc.boolean(),
      configuration: fc.boolean(),
      tracing: fc.boolean(),
      internet: fc.boolean(),
      calls,
      routes: fc.array(anyRoute(index), { maxLength: 2 }),
    })
    .map((random): Service<string> => ({
      name: serviceName(index),
      summary: { en: "A service.", zh: "服务。" },
      team: "health",
      runtime: random.runtime,
      size: random.size,
      ports: {
        http: random.http,
        ...(random.grpc === undefined ? {} : { grpc: random.grpc }),
        ...(random.ownMetrics ? { metrics: 60_001 } : {}),
      },
      metrics: { port: random.ownMetrics ? "metrics" : "http", path: "/metrics" },
      probes: { kind: "http", port: "http", live: "/live", ready: "/ready", startSeconds: 30 },
      longestRequestSeconds: random.longest,
      slo: { latencyP95Ms: 200, errorRatio: 0.001, availability: 0.999 },
      configFile: { kind: "service" },
      needs: {
        ...(random.database ? { database: { name: `db_${index}` } } : {}),
        ...(random.cache ? { cache: { need: "required", keyPrefixes: [`cache_${index}`] } } : {}),
        ...(random.saga ? { saga: "required" } : {}),
        ...(random.configuration ? { configuration: "required" } : {}),
        ...(random.tracing ? { tracing: "optional" } : {}),
        calls: random.calls.map((callee) => ({ service: serviceName(callee), port: "http" })),
        outside: random.internet ? [{ kind: "internet", host: "example.org", port: 443, reason: "test" }] : [],
      },
      routes: random.routes.map((route, position) => ({ ...route, path: `${route.path}/${position}` })),
    }));
}

function anyRoute(index: number): fc.Arbitrary<Route> {
  return fc.record({
    method: fc.constantFrom("GET" as const, "POST" as const, "ANY" as const),
    path: fc.constant(`/api/${serviceName(index)}`),
    match: fc.constantFrom("exact" as const, "prefix" as const),
    port: fc.constant("http" as const),
    auth: fc.constant("jwt" as const),
    via: fc.constant("edge" as const),
    maxBodyMiB: fc.integer({ min: 1, max: 64 }),
  });
}

function anyScaling(): fc.Arbitrary<ServiceData> {
  const fixed = fc.integer({ min: 1, max: 5 }).map((replicas) => ({ kind: "fixed" as const, replicas }));
  const auto = fc
    .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 0, max: 10 }), fc.boolean())
    .map(([min, more, memory]) => ({
      kind: "auto" as const,
      min,
      max: min + more,
      cpuPercent: 70,
      ...(memory ? { memoryPercent: 80 } : {}),
    }));
  return fc.oneof(fixed, auto).map((scaling) => ({ kind: "on", scaling }));
}
