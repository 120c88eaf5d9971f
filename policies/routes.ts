import { clientTimeoutSeconds, openRoutes } from "../catalogue/edge.ts";
import type { GrpcRoute, Route, Service } from "../catalogue/service.ts";
import { readTimeoutSeconds } from "../components/kong/timeouts.ts";
import { describeRoute } from "./catalogue/routes.ts";
import type { DataFinding, RuleOf } from "./ids.ts";
import type { Pattern } from "./route-tree.ts";
import { routeTree, segments } from "./route-tree.ts";

type AnyService = Service<string>;

/** What is wrong with the public routes of all services together. */
export function routeTableFindings(services: readonly AnyService[]): DataFinding[] {
  return [...services.flatMap(ownFindings), ...shadowFindings(services)];
}

function at({ name }: AnyService, rule: RuleOf<"catalogue">, problem: string, fix: string): DataFinding {
  return { rule: `catalogue/${rule}`, place: `catalogue/services/${name}.ts`, problem, fix };
}

function ownFindings(service: AnyService): DataFinding[] {
  const { routes, grpcRoutes = [], ports } = service;
  const described = [
    ...routes.map((route) => ({ auth: route.auth, text: describeRoute(route) })),
    ...grpcRoutes.map((route) => ({ auth: route.auth, text: describeGrpc(route) })),
  ];
  const findings = described
    .filter(({ auth, text }) => auth === "open" && !openRoutes.includes(text))
    .map(({ text }) =>
      at(
        service,
        "open-route",
        `route ${text} asks for no token and is not among those that may.`,
        'Give it auth: "jwt", or add it to openRoutes in catalogue/edge.ts.',
      ),
    );
  for (const route of grpcRoutes) {
    if (ports.grpc === undefined) {
      findings.push(
        at(
          service,
          "route-protocol",
          `route ${describeGrpc(route)} leads to port "grpc", which it does not have.`,
          "Give it ports.grpc, or take the route out of grpcRoutes.",
        ),
      );
    }
    if (!/^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/.test(route.service)) {
      findings.push(
        at(
          service,
          "route-grpc",
          `"${route.service}" is no gRPC service.`,
          "Write package.Service as in the proto file.",
        ),
      );
    }
  }
  const waits = readTimeoutSeconds(service);
  if (described.length > 0 && waits > clientTimeoutSeconds) {
    findings.push(
      at(
        service,
        "timeout-nesting",
        `an answer may take ${waits} s, and clients give up after ${clientTimeoutSeconds} s.`,
        "Lower its longestRequestSeconds, or raise clientTimeoutSeconds in catalogue/edge.ts.",
      ),
    );
  }
  return findings;
}

/** Two routes for one request, where the one that wins is not the one that says more about it. */
function shadowFindings(services: readonly AnyService[]): DataFinding[] {
  const all = services.flatMap((service) => service.routes.map((route) => ({ service, route })));
  const before = routeTree<(typeof all)[number]>();
  return all.flatMap(({ service, route }) => {
    const near = before.near(route);
    before.add(route, { service, route });
    return near.flatMap((other) => {
      if (!overlap(route, other.route) || !methodsMeet(route, other.route)) return [];
      // The same path twice is a finding of its own.
      if (samePattern(route, other.route)) return [];
      const winner = precedes(route, other.route) ? { service, route } : other;
      const loser = winner === other ? { service, route } : other;
      if (rank(route) !== rank(other.route) && contains(loser.route, winner.route)) return [];
      if (rank(route) === 1 && contains(loser.route, winner.route)) return [];
      return [
        at(
          loser.service,
          "shadowed-route",
          `requests of route ${describeRoute(loser.route)} may go to ${describeRoute(winner.route)} of ${winner.service.name} instead.`,
          "Change one of the paths, so that no request fits both or one path lies within the other.",
        ),
      ];
    });
  });
}

/** The entry's order: plain whole paths, then paths with parameters, then plain prefixes, of which the longest. */
export function rank({ path, match }: Pattern): 1 | 2 | 3 {
  return path.includes(":") ? 2 : match === "exact" ? 3 : 1;
}

/** Whether requests that fit both patterns go to the first. */
export function precedes(a: Pattern, b: Pattern): boolean {
  return rank(a) !== rank(b) ? rank(a) > rank(b) : a.path.length >= b.path.length;
}

/** Whether some path fits both patterns. */
export function overlap(a: Pattern, b: Pattern): boolean {
  const [left, right] = [segments(a.path), segments(b.path)];
  const shared = Math.min(left.length, right.length);
  const meet = left.slice(0, shared).every((segment, index) => {
    const other = right[index] ?? "";
    return segment === other || segment.startsWith(":") || other.startsWith(":");
  });
  if (!meet || left.length === right.length) return meet;
  return (left.length < right.length ? a : b).match === "prefix";
}

/** Whether every path that fits `inner` fits `outer` too. */
export function contains(outer: Pattern, inner: Pattern): boolean {
  const [large, small] = [segments(outer.path), segments(inner.path)];
  if (small.length < large.length) return false;
  if (outer.match === "exact" && (inner.match === "prefix" || small.length !== large.length)) return false;
  return large.every((segment, index) => segment.startsWith(":") || segment === small[index]);
}

function samePattern(a: Pattern, b: Pattern): boolean {
  return a.match === b.match && a.path.replace(/:[^/]+/g, ":") === b.path.replace(/:[^/]+/g, ":");
}

function methodsMeet(a: Route, b: Route): boolean {
  return a.method === b.method || a.method === "ANY" || b.method === "ANY";
}

function describeGrpc({ service, method = "*" }: GrpcRoute): string {
  return `GRPC ${service}/${method}`;
}
