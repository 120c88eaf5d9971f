import { describe, expect, it } from "vitest";
import type { Service } from "../../catalogue/service.ts";
import { services } from "../../catalogue/services.ts";
import { catalogueFindings } from "../../policies/catalogue.ts";

type Change = (service: Service<string>) => Service<string>;

/** The committed catalogue with one service changed. */
function findings(name: string, change: Change): string[] {
  const original: Readonly<Record<string, Service<string>>> = services;
  const service = original[name];
  if (service === undefined) throw new Error(`${name} is not in the catalogue.`);
  return catalogueFindings({ ...original, [name]: change(service) }).map(
    ({ rule, place, problem, fix }) => `${rule} ${place}: ${problem} ${fix}`,
  );
}

const withNeeds =
  (needs: Partial<Service<string>["needs"]>): Change =>
  (service) => ({ ...service, needs: { ...service.needs, ...needs } });
const withRoute =
  (route: Partial<Service<string>["routes"][number]>): Change =>
  (service) => ({
    ...service,
    routes: [
      {
        method: "GET",
        path: "/api/v1/new",
        match: "exact",
        port: "http",
        auth: "jwt",
        via: "edge",
        maxBodyMiB: 1,
        ...route,
      },
    ],
  });

describe("the committed catalogue", () => {
  it("has no findings", () => {
    expect(catalogueFindings(services)).toEqual([]);
  });
});

describe("a catalogue is refused, naming file, offender and fix, for", () => {
  const auth = "catalogue/services/auth-service.ts";
  const cases: readonly (readonly [string, string, Change, string])[] = [
    [
      "a call to an unknown service",
      "auth-service",
      withNeeds({ calls: [{ service: "user-servce", port: "http" }] }),
      `catalogue/unknown-dependency ${auth}: calls "user-servce", which is not in the catalogue. Did you mean "user-service"?`,
    ],
    [
      "a call to a port that the service lacks",
      "auth-service",
      withNeeds({ calls: [{ service: "notification-service", port: "http" }] }),
      `catalogue/port-unknown ${auth}: calls port "http" of notification-service, which has none. It has: grpc, metrics.`,
    ],
    [
      "a call to itself",
      "auth-service",
      withNeeds({ calls: [{ service: "auth-service", port: "http" }] }),
      `catalogue/call-cycle ${auth}: calls itself. Remove the call.`,
    ],
    [
      "a call cycle, with its members in order",
      "user-service",
      withNeeds({ calls: [{ service: "health-data-service", port: "http" }] }),
      "catalogue/call-cycle catalogue/services/health-data-service.ts: calls go round in a circle: health-data-service → xiaoai-service → user-service → health-data-service. Remove one call, or say in its cycleBecause why it may stay.",
    ],
    [
      "two ports with one number",
      "auth-service",
      (service) => ({ ...service, ports: { http: 8000, grpc: 8000 } }),
      `catalogue/port-clash ${auth}: ports http and grpc are both 8000. Give each its own number.`,
    ],
    [
      "a port that needs privileges",
      "auth-service",
      (service) => ({ ...service, ports: { http: 80, grpc: 50052 } }),
      `catalogue/port-range ${auth}: port http is 80. Use 1024 to 65535: lower ones need privileges that pods lack.`,
    ],
    [
      "probes on a port that it lacks",
      "auth-service",
      (service) => ({ ...service, ports: { http: 8000 }, probes: { kind: "grpc", port: "grpc", startSeconds: 1 } }),
      `catalogue/port-unknown ${auth}: probes use port "grpc", which it does not have. It has: http.`,
    ],
    [
      "an HTTP route to a gRPC port",
      "auth-service",
      withRoute({ port: "grpc" }),
      `catalogue/route-protocol ${auth}: route GET /api/v1/new sends HTTP to the gRPC port 50052. Use port "http".`,
    ],
    [
      "a path that is none",
      "auth-service",
      withRoute({ path: "api//x/" }),
      `catalogue/route-path ${auth}: route GET api//x/ has no valid path. Write /segments/with/:parameters, without a slash at the end.`,
    ],
    [
      "a rewrite with a parameter that the path lacks",
      "auth-service",
      withRoute({ path: "/a/:id", rewrite: "/b/:user" }),
      `catalogue/route-rewrite ${auth}: route GET /a/:id is rewritten with :user, which its path lacks. Add :user to the path.`,
    ],
    [
      "a number out of range",
      "auth-service",
      (service) => ({ ...service, slo: { ...service.slo, availability: 99.9 } }),
      `catalogue/number ${auth}: slo.availability is 99.9. Give a share between 0 and 1.`,
    ],
    [
      "a name that is not its file's",
      "auth-service",
      (service) => ({ ...service, name: "other-service" }),
      `catalogue/name ${auth}: its name is "other-service". Name it "auth-service", as its file.`,
    ],
    [
      "a database of another service",
      "auth-service",
      withNeeds({ database: { name: "user" } }),
      'catalogue/duplicate-database catalogue/services/user-service.ts: its database "user" belongs to auth-service. Give it its own, and call the other service for its data.',
    ],
    [
      "a cache without keys of its own",
      "auth-service",
      withNeeds({ cache: { need: "required", keyPrefixes: [] } }),
      `catalogue/cache-keys ${auth}: uses the cache and has no key of its own in it. Name what its keys start with.`,
    ],
    [
      "keys in the cache that are another service's",
      "auth-service",
      withNeeds({ cache: { need: "required", keyPrefixes: ["user_profile"] } }),
      'catalogue/cache-keys catalogue/services/user-service.ts: its key prefix "user_profile" belongs to auth-service. Give it its own.',
    ],
    [
      "a key prefix that Redis would read as a pattern",
      "auth-service",
      withNeeds({ cache: { need: "required", keyPrefixes: ["*"] } }),
      `catalogue/cache-keys ${auth}: "*" is no plain key prefix. Use lower-case letters, digits, dashes and underscores; the colon after it is added.`,
    ],
    [
      "a database name that PostgreSQL would have to quote",
      "auth-service",
      withNeeds({ database: { name: "Auth-DB" } }),
      `catalogue/database-name ${auth}: "Auth-DB" is no plain PostgreSQL name. Use lower-case letters, digits and underscores.`,
    ],
    [
      "a gateway that gives up before the service does",
      "suoke-life-gateway",
      (service) => ({ ...service, longestRequestSeconds: 20 }),
      "catalogue/timeout-nesting catalogue/services/suoke-life-gateway.ts: gives a request 20 s, and health-data-service takes up to 30 s. Raise its longestRequestSeconds.",
    ],
    [
      "a gateway that does not call a service it routes to",
      "suoke-life-gateway",
      withNeeds({ calls: [] }),
      'catalogue/gateway catalogue/services/suoke-life-gateway.ts: does not call auth-service, whose routes pass through it. Add { service: "auth-service", port: "http" } to its calls.',
    ],
  ];
  it.each(cases)("%s", (_, name, change, expected) => {
    expect(findings(name, change)).toContain(expected);
  });

  it.each([
    ["the same", { method: "GET", path: "/api/v1/users/:id" }],
    ["one whose parameter has another name", { method: "GET", path: "/api/v1/users/:user" }],
    ["one for any method", { method: "ANY", path: "/api/v1/users/:id" }],
  ] as const)("a route that is there twice: %s", (_, route) => {
    expect(
      findings("laoke-service", withRoute(route)).filter((text) => text.startsWith("catalogue/duplicate-route")),
    ).toHaveLength(1);
  });
});

describe("a catalogue is accepted with", () => {
  it("a cycle that says why it may stay", () => {
    const change = withNeeds({
      calls: [{ service: "health-data-service", port: "http", cycleBecause: "it only reads" }],
    });
    expect(findings("user-service", change)).toEqual([]);
  });
  it("routes that differ in method alone", () => {
    expect(findings("laoke-service", withRoute({ method: "DELETE", path: "/api/v1/users/:id" }))).toEqual([]);
  });
});
