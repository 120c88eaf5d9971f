import { describe, expect, it } from "vitest";
import type { KubernetesObject, ObjectOf } from "../../kubernetes/manifest.ts";
import { objectsOf } from "../../kubernetes/manifest.ts";
import { render } from "../../kubernetes/render.ts";
import type { Environment } from "../../stacks/environment.ts";
import type { Settings } from "../../stacks/settings.ts";
import { settingsSchema } from "../../stacks/settings.ts";
import { built, environmentOf } from "../support/environments.ts";
import { match } from "../support/matcher.ts";

const prod = environmentOf("prod");
const old = { host: "gateway.old.suoke.life", port: 8080, cidrs: ["10.30.7.0/28"], weight: 100, routes: {} };

function withOldGateway(
  change: Partial<NonNullable<Settings["oldGateway"]>>,
  environment: Environment = prod,
): Environment {
  return { ...environment, settings: { ...environment.settings, oldGateway: { ...old, ...change } } };
}

function objectOf<Kind extends KubernetesObject["kind"]>(environment: Environment, kind: Kind, name: string) {
  const found = objectsOf(built(environment)).find((each) => each.kind === kind && each.metadata.name === name);
  return found as ObjectOf<Kind> | undefined;
}

/** Backends of a request, with their weights, and what else its rule does to it. */
function answer(environment: Environment, method: string, path: string): Record<string, unknown> {
  const routes = objectsOf(built(environment)).filter((object) => object.kind === "HTTPRoute");
  const [found, ...more] = match(routes, { host: "api.suoke.life", method, path });
  expect(more).toEqual([]);
  const { backendRefs = [], filters = [] } = found?.rule ?? {};
  return {
    weights: Object.fromEntries(backendRefs.map(({ name, weight }) => [name, weight])),
    rewritten: filters.flatMap(({ urlRewrite }) => urlRewrite?.path?.replaceFullPath ?? []),
    limited: filters.some(({ extensionRef }) => extensionRef?.name.startsWith("kong-limit") === true),
  };
}

const direct = { method: "POST", path: "/api/v1/auth/tokens", match: "exact", port: "http", auth: "jwt" } as const;

/** Production with a route of auth-service that Kong rewrites itself. */
function rewriting(): Environment {
  const auth = prod.catalogue["auth-service"];
  const routes = [...auth.routes, { ...direct, via: "edge", maxBodyMiB: 1, rewrite: "/tokens" } as const];
  return { ...prod, catalogue: { ...prod.catalogue, "auth-service": { ...auth, routes } } };
}

describe("the gateway that was there before", () => {
  it("is nowhere unless the settings name it, nor once every route has moved", () => {
    const without = render(objectsOf(built(prod)));
    expect(without).not.toContain("old-gateway");
    expect(render(objectsOf(built(withOldGateway({ weight: 0 }))))).toBe(without);
  });

  it("gets its share of each route, behind the same limits", () => {
    const moving = withOldGateway({ weight: 100, routes: { "GET /api/v1/users/:id": 25, "GET /health": 0 } });
    expect(answer(moving, "POST", "/api/v1/auth")).toEqual({
      weights: { "auth-service": 0, "old-gateway-for-auth-service": 100 },
      rewritten: [],
      limited: true,
    });
    expect(answer(moving, "GET", "/api/v1/users/17")["weights"]).toEqual({
      "suoke-life-gateway": 75,
      "old-gateway-for-suoke-life-gateway": 25,
    });
    expect(answer(moving, "GET", "/health")["weights"]).toEqual({ "suoke-life-gateway": 100 });
  });

  it("is asked for the public path, which the service behind the entry does not know", () => {
    const route = "POST /api/v1/auth/tokens";
    const given = (share: number): Environment =>
      withOldGateway({ weight: 0, routes: { [route]: share } }, rewriting());
    expect(answer(given(100), "POST", direct.path)).toMatchObject({ rewritten: [] });
    expect(answer(given(0), "POST", direct.path)).toMatchObject({ rewritten: ["/tokens"] });
  });

  it("says to Kong what the services say that it shares with, and closes its circuit by a connection", () => {
    const moving = withOldGateway({ weight: 10 });
    const service = objectOf(moving, "Service", "old-gateway-for-auth-service");
    expect(service?.spec).toMatchObject({ type: "ExternalName", externalName: old.host });
    const konghq = (object: KubernetesObject | undefined) =>
      Object.entries(object?.metadata.annotations ?? {}).filter(([key]) => key.startsWith("konghq.com/"));
    expect(konghq(service)).toEqual(konghq(objectOf(moving, "Service", "auth-service")));
    expect(konghq(service)).not.toEqual([]);
    const active = (environment: Environment) =>
      objectOf(environment, "KongUpstreamPolicy", "auth-service-http")?.spec.healthchecks.active.type;
    expect([active(moving), active(prod)]).toEqual(["tcp", "http"]);
  });

  it("is reached by the proxies alone, at its addresses", () => {
    const policies = objectsOf(built(withOldGateway({ weight: 10 }))).filter(
      (object) => object.kind === "NetworkPolicy" && JSON.stringify(object).includes("10.30.7.0/28"),
    );
    expect(policies.map(({ metadata }) => metadata.name)).toEqual(["kong"]);
    const egress = (policies[0] as ObjectOf<"NetworkPolicy">).spec?.egress ?? [];
    expect(egress.find(({ to }) => JSON.stringify(to).includes("10.30.7.0/28"))?.ports).toEqual([
      { port: 8080, protocol: "TCP" },
    ]);
  });
});

describe("the old gateway is refused, with the place and what to do,", () => {
  it.each([
    ["weight", 101],
    ["port", 0],
    ["host", "10.0.0.1"],
    ["cidrs", ["everywhere"]],
    ["cidrs", []],
    ["routes", { "GET /health": 50.5 }],
  ])("with %s %j", (key, value) => {
    const given = settingsSchema().shape.oldGateway.safeParse({ ...old, [key]: value });
    expect(given.error?.issues.map(({ path }) => path[0])).toEqual([key]);
  });
});
