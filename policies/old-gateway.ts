import type { Route } from "../catalogue/service.ts";
import { describeRoute, edgeRoutes } from "../stacks/edge.ts";
import type { Environment } from "../stacks/environment.ts";
import type { DataFinding, RuleOf } from "./ids.ts";
import { suggest } from "./finding.ts";

/** Settings by which routes could not move from the old gateway as they say. */
export function oldGatewayFindings({ catalogue, data, settings }: Environment<string>): DataFinding[] {
  const { oldGateway } = settings;
  if (oldGateway === undefined) return [];
  const finding = (rule: RuleOf<"old-gateway">, path: string, problem: string, fix: string): DataFinding => ({
    rule: `old-gateway/${rule}`,
    place: `Pulumi.${data.name}.yaml: oldGateway${path}`,
    problem,
    fix,
  });
  if (data.systems.edge.kind !== "managed") {
    return [
      finding("no-edge", "", "the public entry is not ours, so that nothing can share its requests.", "Remove it."),
    ];
  }
  const running = Object.values(catalogue).filter(({ name }) => data.services[name]?.kind === "on");
  const routes = running.flatMap((service) => service.routes);
  const known = routes.map(describeRoute);
  const unknown = Object.keys(oldGateway.routes)
    .filter((name) => !known.includes(name))
    .map((name) =>
      finding("unknown-route", `.routes."${name}"`, "is no public route of a service that runs.", suggest(name, known)),
    );
  const place = (route: Route): string =>
    describeRoute(route) in oldGateway.routes ? `.routes."${describeRoute(route)}"` : ".weight";
  const shared = edgeRoutes(running, oldGateway).filter(({ oldShare }) => oldShare > 0);
  const rewritten = shared.flatMap(({ route, oldShare }) =>
    route.rewrite === undefined
      ? []
      : [
          finding(
            "rewritten",
            place(route),
            `${oldShare} % of ${describeRoute(route)} would reach the old gateway as ${route.rewrite}, which is the service's own path.`,
            `Move this route at once: give oldGateway.routes."${describeRoute(route)}" 100 or 0.`,
          ),
        ],
  );
  const canaries = [...new Set(shared.map(({ target }) => target.name))]
    .filter((name) => settings.rollouts[name]?.canary !== undefined)
    .map((name) =>
      finding(
        "canary",
        "",
        `has a share of routes that lead to ${name}, which has a canary: which of the two a failure comes from could not be told.`,
        `End rollouts.${name}.canary first, or give its routes 0 under oldGateway.routes.`,
      ),
    );
  return [...unknown, ...rewritten, ...canaries];
}
