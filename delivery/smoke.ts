import type { Route, Service } from "../catalogue/service.ts";
import type { Finding } from "../policies/finding.ts";

/** One request to a public route, without a token. */
export interface Probe {
  readonly service: string;
  readonly method: string;
  readonly path: string;
  /** Whether the gateway must turn it away. */
  readonly auth: Route["auth"];
  /** A gRPC method, whose path it is. */
  readonly grpc?: true;
}

/** What came back; no status where nothing did. */
export interface Reply {
  readonly status?: number;
  readonly body: string;
}

/** One probe per public route. A gRPC route for all methods of a service is asked for one that does not exist. */
export function probesOf(services: readonly Service<string>[]): Probe[] {
  return services.flatMap(({ name, routes, grpcRoutes = [] }) => [
    ...routes
      .filter(({ port }) => port === "http")
      .map(({ method, path, auth }) => ({
        service: name,
        method: method === "ANY" ? "GET" : method,
        // A segment that stands for an id is asked for one that does not exist.
        path: path.replace(/:[A-Za-z0-9_]+/g, "smoke"),
        auth,
      })),
    ...grpcRoutes.map(({ service, method = "Smoke", auth }): Probe => ({
      service: name,
      method: "POST",
      path: `/${service}/${method}`,
      auth,
      grpc: true,
    })),
  ]);
}

/**
 * What is wrong with an answer. A request without a token and without a body must get as far as its service or the
 * gateway's authentication, and no further: neither a success nor the service's own refusal of an empty request is judged.
 */
export function probeFindings({ service, method, path, auth }: Probe, { status, body }: Reply): Finding[] {
  const finding = (rule: string, problem: string, fix: string): Finding[] => [
    { rule: `smoke/${rule}`, place: `${method} ${path}`, problem, fix },
  ];
  if (status === undefined)
    return finding("unreachable", `did not answer: ${body}.`, "Look at the gateway and the domain.");
  if (status >= 500)
    return finding("error", `answered ${status}.`, `Look at the logs of ${service} and of the gateway.`);
  // Kong says this itself; a service's own 404 means that the request has reached it.
  if (status === 404 && body.includes("no Route matched")) {
    return finding("no-route", "is not known to the gateway.", `Look at the routes of ${service} in the catalogue.`);
  }
  if (auth === "jwt" && status !== 401 && status !== 403) {
    return finding(
      "open",
      `answered ${status} without a token.`,
      `Look at the gateway's authentication: it must refuse.`,
    );
  }
  return [];
}
