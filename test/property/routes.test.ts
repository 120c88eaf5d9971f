import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Route } from "../../catalogue/service.ts";
import { services } from "../../catalogue/services.ts";
import { pathMatch } from "../../components/kong/paths.ts";
import type { ObjectOf } from "../../kubernetes/manifest.ts";
import { catalogueFindings } from "../../policies/catalogue.ts";
import { routeTree } from "../../policies/route-tree.ts";
import { overlap } from "../../policies/routes.ts";
import type { Request } from "../support/matcher.ts";
import { match } from "../support/matcher.ts";

/** Few segments, so that random paths meet often. */
const segment = fc.constantFrom("a", "b", "c");
const anyRoute: fc.Arbitrary<Route> = fc
  .record({
    method: fc.constantFrom("GET" as const, "POST" as const, "ANY" as const),
    parts: fc.array(fc.oneof({ weight: 3, arbitrary: segment }, { weight: 1, arbitrary: fc.constant(":id") }), {
      minLength: 1,
      maxLength: 3,
    }),
    match: fc.constantFrom("exact" as const, "prefix" as const),
  })
  .map(({ method, parts, match: kind }) => ({
    method,
    path: `/${parts.map((part, index) => (part === ":id" ? `:id${index}` : part)).join("/")}`,
    match: kind,
    port: "http",
    auth: "jwt",
    via: "edge",
    maxBodyMiB: 1,
  }));
const anyRequest = fc.record({
  host: fc.constant("h"),
  method: fc.constantFrom("GET", "POST", "PUT"),
  path: fc.array(segment, { maxLength: 4 }).map((parts) => `/${parts.join("/")}`),
});

function httpRoute(routes: readonly Route[]): ObjectOf<"HTTPRoute"> {
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: { name: "x", labels: {} },
    spec: {
      hostnames: ["h"],
      rules: routes.map((route, index) => ({
        matches: [{ path: pathMatch(route), ...(route.method === "ANY" ? {} : { method: route.method }) }],
        backendRefs: [{ name: `backend-${index}`, port: 80 }],
      })),
    },
  };
}

/** The table of one service; nothing else of the catalogue is near its paths. */
function accepted(routes: readonly Route[]): boolean {
  const service = { ...services["laoke-service"], routes };
  return catalogueFindings({ ...services, "laoke-service": service }).length === 0;
}

describe("a route table that is accepted", () => {
  it("sends each request to exactly one backend, or to none", () => {
    fc.assert(
      fc.property(fc.array(anyRoute, { maxLength: 5 }), fc.array(anyRequest, { maxLength: 30 }), (routes, requests) => {
        fc.pre(accepted(routes));
        for (const request of requests) expect(match([httpRoute(routes)], request).length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 300 },
    );
  });

  it("does so whatever the order of its routes", () => {
    fc.assert(
      fc.property(fc.array(anyRoute, { maxLength: 5 }), fc.array(anyRequest, { maxLength: 30 }), (routes, requests) => {
        fc.pre(accepted(routes));
        const named = (table: readonly Route[], request: Request): (string | undefined)[] =>
          match([httpRoute(table)], request).map(({ rule }) => rule.matches?.[0]?.path?.value);
        for (const request of requests) expect(named(routes, request)).toEqual(named([...routes].reverse(), request));
      }),
      { numRuns: 100 },
    );
  });
});

describe("the tree of routes", () => {
  it("leaves out no earlier route that some path fits as well, and keeps their order", () => {
    fc.assert(
      fc.property(fc.array(anyRoute, { maxLength: 12 }), (routes) => {
        const tree = routeTree<number>();
        return routes.every((route, index) => {
          const near = tree.near(route);
          tree.add(route, index);
          const meeting = near.filter((other) => overlap(route, routes[other] ?? route));
          const all = routes.slice(0, index).flatMap((other, at) => (overlap(route, other) ? [at] : []));
          return JSON.stringify(meeting) === JSON.stringify(all);
        });
      }),
    );
  });
});
