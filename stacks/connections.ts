import type { PortName, Service } from "../catalogue/service.ts";
import type { Systems } from "../components/systems.ts";
import type { Connection } from "../kubernetes/network.ts";
import type { Settings } from "./settings.ts";

/** Everything that may connect to a service: its callers, the edge for its public routes, the scraper for its metrics. */
export function ingressOf(
  service: Service<string>,
  running: readonly Service<string>[],
  systems: Systems,
): Connection[] {
  const callers = running.flatMap((caller) => {
    const ports = caller.needs.calls.filter((call) => call.service === service.name).map(({ port }) => port);
    return ports.length === 0
      ? []
      : [{ peer: { kind: "app" as const, app: caller.name }, ports: [...new Set(ports)].sort() }];
  });
  const publicPorts = [...new Set<PortName>(edgeRoutes(service, running).map(({ port }) => port))].sort();
  return [
    ...callers,
    ...(systems.edge === undefined || publicPorts.length === 0 ? [] : [{ peer: systems.edge, ports: publicPorts }]),
    ...(systems.scraper === undefined ? [] : [{ peer: systems.scraper, ports: [service.metrics.port] }]),
  ];
}

/** A gateway is the target of every route that passes through it. */
function edgeRoutes(
  service: Service<string>,
  running: readonly Service<string>[],
): readonly { readonly port: PortName }[] {
  const direct = service.routes.filter(({ via }) => via === "edge");
  const through = running.some(({ routes }) => routes.some(({ via }) => via === "gateway"));
  return service.configFile.kind === "gateway" && through ? [...direct, { port: "http" }] : direct;
}

/** Everything a service may connect to, from what its catalogue entry needs. DNS is open to the whole namespace. */
export function egressOf(
  service: Service<string>,
  running: ReadonlyMap<string, Service<string>>,
  systems: Systems,
  settings: Settings,
): Connection[] {
  const { needs } = service;
  const calls = needs.calls.flatMap(({ service: name, port }) => {
    const number = running.get(name)?.ports[port];
    return number === undefined ? [] : [{ peer: { kind: "app" as const, app: name }, ports: [number] }];
  });
  const used = [
    needs.database === undefined ? undefined : systems.postgres,
    needs.cache === undefined ? undefined : systems.cache,
    needs.saga === undefined ? undefined : systems.saga,
    needs.configuration === undefined ? undefined : systems.consul,
    needs.tracing === undefined ? undefined : systems.tracing,
  ];
  const outside = needs.outside.map((target): Connection => {
    switch (target.kind) {
      case "internet":
        return { peer: { kind: "internet" }, ports: [target.port] };
      case "kubeApi": {
        const { cidrs, port } = settings.cluster.apiServer;
        return { peer: { kind: "addresses", cidrs }, ports: [port] };
      }
    }
  });
  return [...calls, ...used.flatMap((system) => (system === undefined ? [] : [system.connection])), ...outside];
}
