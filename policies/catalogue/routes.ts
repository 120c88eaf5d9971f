import type { Route } from "../../catalogue/service.ts";
import type { DataFinding } from "../ids.ts";
import type { AnyService } from "./place.ts";
import { at, known } from "./place.ts";

/** Public routes of a service that lead nowhere, or are not written as the entry takes them. */
export function routeFindings(service: AnyService): DataFinding[] {
  return service.routes.flatMap((route) => {
    const { name, ports } = service;
    const path = describeRoute(route);
    const findings: DataFinding[] = [];
    if (!/^\/([A-Za-z0-9:._~-]+(\/[A-Za-z0-9:._~-]+)*)?$/.test(route.path)) {
      findings.push(
        at(
          name,
          "route-path",
          `route ${path} has no valid path.`,
          "Write /segments/with/:parameters, without a slash at the end.",
        ),
      );
    }
    if (ports[route.port] === undefined) {
      findings.push(
        at(name, "port-unknown", `route ${path} goes to port "${route.port}", which it does not have.`, known(ports)),
      );
    } else if (route.port === "grpc") {
      findings.push(
        at(name, "route-protocol", `route ${path} sends HTTP to the gRPC port ${ports.grpc}.`, 'Use port "http".'),
      );
    }
    const given = parameters(route.path);
    for (const parameter of parameters(route.rewrite ?? "").filter((wanted) => !given.includes(wanted))) {
      findings.push(
        at(
          name,
          "route-rewrite",
          `route ${path} is rewritten with ${parameter}, which its path lacks.`,
          `Add ${parameter} to the path.`,
        ),
      );
    }
    return findings;
  });
}

/** Routes that fit the same requests, of one service or of two. */
export function duplicateRoutes(services: readonly AnyService[]): DataFinding[] {
  const owners = new Map<string, { readonly service: string; readonly route: Route }[]>();
  const findings: DataFinding[] = [];
  for (const service of services) {
    for (const route of service.routes) {
      // Parameters of another name match the same requests.
      const key = `${route.match} ${route.path.replace(/:[^/]+/g, ":")}`;
      const others = owners.get(key) ?? [];
      const clash = others.find(
        (other) => other.route.method === route.method || [other.route.method, route.method].includes("ANY"),
      );
      if (clash !== undefined) {
        findings.push(
          at(
            service.name,
            "duplicate-route",
            `route ${describeRoute(route)} is also one of ${clash.service} (${describeRoute(clash.route)}).`,
            "Keep one of them.",
          ),
        );
      }
      owners.set(key, [...others, { service: service.name, route }]);
    }
  }
  return findings;
}

/** `GET /api/v1/users/:id`, as openRoutes and the table of requests name it. */
export function describeRoute({ method, path }: Route): string {
  return `${method} ${path}`;
}

function parameters(path: string): string[] {
  return path.match(/:[^/]+/g) ?? [];
}
