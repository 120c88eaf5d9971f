import { describe, expect, it } from "vitest";
import type { KubernetesObject, ObjectOf } from "../../kubernetes/manifest.ts";
import { objectsOf } from "../../kubernetes/manifest.ts";
import type { Environment } from "../../stacks/environment.ts";
import { platform } from "../../stacks/platform.ts";
import { built, environmentOf } from "../support/environments.ts";

const prod = environmentOf("prod");

/** The same environment with tracing by somebody else, who offers OTLP over gRPC. */
function externallyTraced(environment: Environment): Environment {
  const tracing = { kind: "external", host: "collector.example", port: 4317, cidrs: ["192.0.2.0/28"] } as const;
  const { data } = environment;
  return { ...environment, data: { ...data, systems: { ...data.systems, tracing } } };
}

function traceOf(objects: readonly KubernetesObject[]) {
  const proxy = objects.find(({ kind, metadata }) => kind === "Deployment" && metadata.name === "kong");
  const env = (proxy as ObjectOf<"Deployment">).spec?.template.spec?.containers[0]?.env ?? [];
  return {
    plugin: objects.find(({ kind, metadata }) => kind === "KongPlugin" && metadata.name === "kong-trace"),
    settings: env.filter(({ name }) => name.startsWith("KONG_TRACING_")).map(({ name, value }) => `${name}=${value}`),
    routes: objects.flatMap((object) =>
      object.kind === "HTTPRoute" || object.kind === "GRPCRoute"
        ? [(object.metadata.annotations?.["konghq.com/plugins"] ?? "").split(",")]
        : [],
    ),
  };
}

describe("a request's trace", () => {
  it("begins at the entry, on every route, and is sent to the collector of the proxy's node", () => {
    const { plugin, settings, routes } = traceOf(objectsOf(built(prod)));
    expect((plugin as ObjectOf<"KongPlugin">).config).toMatchObject({
      traces_endpoint: "http://otel-agent:4318/v1/traces",
      sampling_rate: prod.data.traceSampleRatio,
      propagation: { inject: ["w3c"] },
    });
    expect(routes.length).toBeGreaterThan(1);
    for (const plugins of routes) expect(plugins).toContain("kong-trace");
    expect(settings).toEqual(["KONG_TRACING_INSTRUMENTATIONS=request,balancer", "KONG_TRACING_SAMPLING_RATE=1"]);
  });

  it("is not what a client says it is", () => {
    const { plugin } = traceOf(objectsOf(built(prod)));
    const { config } = plugin as ObjectOf<"KongPlugin"> & { config: { propagation: Record<string, unknown> } };
    expect(config.propagation).not.toHaveProperty("extract");
    expect(config.propagation["clear"]).toEqual(expect.arrayContaining(["tracestate", "baggage", "b3"]));
  });

  it("begins at the service where no collector takes what Kong speaks", () => {
    const { plugin, settings, routes } = traceOf(objectsOf(platform(externallyTraced(prod))));
    expect(plugin).toBeUndefined();
    expect(settings).toEqual([]);
    for (const plugins of routes) expect(plugins).not.toContain("kong-trace");
  });
});
