import { describe, expect, it } from "vitest";
import { services } from "../../catalogue/services.ts";
import type { ObjectOf } from "../../kubernetes/manifest.ts";
import { objectsOf } from "../../kubernetes/manifest.ts";
import type { Environment } from "../../stacks/environment.ts";
import { built, environmentOf } from "../support/environments.ts";
import { match } from "../support/matcher.ts";

const prod = environmentOf("prod");
const host = "api.suoke.life";

function routesOf(environment: Environment<string>): ObjectOf<"HTTPRoute">[] {
  return objectsOf(built(environment)).filter((object) => object.kind === "HTTPRoute");
}

/** Who answers a request, with which token, and at which path; nothing for a 404. */
function answer(method: string, path: string, environment: Environment<string> = prod): string {
  const found = match(routesOf(environment), { host, method, path });
  if (found.length === 0) return "404";
  expect(found, `${method} ${path}`).toHaveLength(1);
  const { backendRefs, filters = [] } = found[0]?.rule ?? {};
  const plugins = filters.flatMap(({ extensionRef }) => extensionRef?.name ?? []);
  const rewritten = filters.flatMap(({ urlRewrite }) => urlRewrite?.path?.replaceFullPath ?? []);
  const who = plugins.includes("kong-jwt") ? "token" : "anybody";
  return [`${backendRefs?.[0]?.name}:${backendRefs?.[0]?.port}`, who, ...rewritten].join(" ");
}

/** Production with further routes of one service. */
function withRoutes(name: string, routes: readonly (typeof services)["auth-service"]["routes"][number][]): Environment {
  const service = services[name as keyof typeof services];
  return { ...prod, catalogue: { ...prod.catalogue, [name]: { ...service, routes } } };
}

const base = { method: "GET", match: "exact", port: "http", auth: "jwt", via: "edge", maxBodyMiB: 1 } as const;

describe("the public entry answers", () => {
  it.each([
    ["POST", "/api/v1/auth/login", "suoke-life-gateway:8888 anybody"],
    ["GET", "/health", "suoke-life-gateway:8888 anybody"],
    ["GET", "/api/v1/auth/login", "auth-service:8000 token"],
    ["GET", "/api/v1/auth/sessions", "auth-service:8000 token"],
    ["POST", "/api/v1/auth", "auth-service:8000 token"],
    ["GET", "/api/v1/users/17", "suoke-life-gateway:8888 token"],
    ["POST", "/api/v1/health/diagnosis", "suoke-life-gateway:8888 token"],
    ["POST", "/api/v1/diagnosis", "suoke-life-gateway:8888 token"],
    ["POST", "/api/v1/ai/xiaoai", "suoke-life-gateway:8888 token"],
  ])("%s %s", (method, path, expected) => {
    expect(answer(method, path)).toBe(expected);
  });

  it.each([
    ["GET", "/"],
    ["GET", "/metrics"],
    ["GET", "/api/v1/authentication"],
    ["GET", "/api/v1/users"],
    ["GET", "/api/v1/users/17/secrets"],
    ["DELETE", "/api/v1/users/17"],
    ["GET", "/api/v1/health/diagnosis"],
    ["GET", "/ready"],
  ])("nothing to %s %s", (method, path) => {
    expect(answer(method, path)).toBe("404");
  });

  it("nothing for another host", () => {
    expect(match(routesOf(prod), { host: "example.org", method: "GET", path: "/health" })).toEqual([]);
  });
});

describe("a route", () => {
  it("is rewritten on its way to its service", () => {
    const environment = withRoutes("xiaoai-service", [
      { ...base, method: "POST", path: "/api/v1/ai/xiaoai", rewrite: "/analyze" },
    ]);
    expect(answer("POST", "/api/v1/ai/xiaoai", environment)).toBe("xiaoai-service:8000 token /analyze");
  });

  it("with parameters is rewritten from what they matched", () => {
    const environment = withRoutes("user-service", [{ ...base, path: "/api/v1/users/:id", rewrite: "/users/:id" }]);
    const objects = objectsOf(built(environment));
    const plugin = objects.find((object) => object.kind === "KongPlugin" && object.plugin === "request-transformer");
    expect(plugin).toMatchObject({ config: { replace: { uri: '/users/$(uri_captures["id"])' } } });
    const found = match(routesOf(environment), { host, method: "GET", path: "/api/v1/users/17" });
    expect(found[0]?.rule.filters?.map(({ extensionRef }) => extensionRef?.name)).toContain(plugin?.metadata.name);
    expect(/^\/api\/v1\/users\/(?<id>[^/]+)$/.exec("/api/v1/users/17")?.groups?.["id"]).toBe("17");
  });

  it("of gRPC leads to the headless host, which speaks gRPC to Kong", () => {
    const service = {
      ...services["health-data-service"],
      grpcRoutes: [{ service: "suoke.health.v1.HealthService", auth: "jwt" as const, maxBodyMiB: 16 }],
    };
    const objects = objectsOf(built({ ...prod, catalogue: { ...prod.catalogue, "health-data-service": service } }));
    const route = objects.find((object) => object.kind === "GRPCRoute");
    expect(route?.spec.rules?.[0]).toMatchObject({
      matches: [{ method: { type: "Exact", service: "suoke.health.v1.HealthService" } }],
      backendRefs: [{ name: "health-data-service-grpc", port: 50056 }],
    });
    const annotations = (name: string) =>
      objects.find(({ kind, metadata }) => kind === "Service" && metadata.name === name)?.metadata.annotations ?? {};
    expect(annotations("health-data-service-grpc")["konghq.com/protocol"]).toBe("grpc");
    expect(annotations("health-data-service")["konghq.com/protocol"]).toBeUndefined();
  });

  it("is one of at most sixteen in an object", () => {
    const many = Array.from({ length: 40 }, (_, index) => ({ ...base, path: `/api/v1/auth-${index}` }));
    const routes = routesOf(withRoutes("auth-service", many)).filter(({ metadata }) =>
      metadata.name.startsWith("auth-service"),
    );
    expect(routes.map(({ metadata, spec }) => [metadata.name, spec.rules?.length])).toEqual([
      ["auth-service", 16],
      ["auth-service-2", 16],
      ["auth-service-3", 8],
    ]);
  });
});
