import type { PortName, Service } from "../catalogue/service.ts";
import type { Systems } from "../components/systems.ts";
import type { Connection } from "../kubernetes/network.ts";
import type { Settings } from "./settings.ts";

/** Who calls a service, and on which of its ports. */
export type Callers = ReadonlyMap<string, readonly { readonly caller: string; readonly ports: readonly PortName[] }[]>;

/** The callers of every service. */
export function callersOf(running: Iterable<Service<string>>): Callers {
  const callers = new Map<string, { caller: string; ports: PortName[] }[]>();
  for (const { name, needs } of running) {
    for (const { service, port } of needs.calls) {
      const known = callers.get(service) ?? [];
      const same = known.find(({ caller }) => caller === name);
      if (same === undefined) known.push({ caller: name, ports: [port] });
      else if (!same.ports.includes(port)) same.ports.push(port);
      callers.set(service, known);
    }
  }
  return callers;
}

/** Everything that may connect to a service: its callers, the edge for its public routes, the scraper for its metrics. */
export function ingressOf(service: Service<string>, callers: Callers, systems: Systems): Connection[] {
  const calls = (callers.get(service.name) ?? []).map(({ caller, ports }) => ({
    peer: { kind: "app" as const, app: caller },
    ports: [...ports].sort(),
  }));
  const publicPorts = edgePorts(service);
  return [
    ...calls,
    ...(systems.edge === undefined || publicPorts.length === 0
      ? []
      : [{ peer: systems.edge.peer, ports: publicPorts }]),
    ...(systems.scraper === undefined ? [] : [{ peer: systems.scraper, ports: [service.metrics.port] }]),
  ];
}

/** A gateway is what the edge knows of the routes that pass through it. */
function edgePorts({ routes, grpcRoutes = [], configFile }: Service<string>): PortName[] {
  const direct: PortName[] = routes.filter(({ via }) => via === "edge").map(({ port }) => port);
  if (grpcRoutes.length > 0) direct.push("grpc");
  return [...new Set<PortName>(configFile.kind === "gateway" ? [...direct, "http"] : direct)].sort();
}

/** The Kubernetes API server. */
export function kubeApi({ cluster }: { readonly cluster: Pick<Settings["cluster"], "apiServer"> }): Connection {
  const { cidrs, port } = cluster.apiServer;
  return { peer: { kind: "addresses", cidrs }, ports: [port] };
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
    needs.cache === undefined ? undefined : systems.cache,
    needs.saga === undefined ? undefined : systems.saga,
    needs.configuration === undefined ? undefined : systems.consul,
  ];
  const outside = needs.outside.map((target): Connection => {
    switch (target.kind) {
      case "internet":
        return { peer: { kind: "internet" }, ports: [target.port] };
      case "kubeApi":
        return kubeApi(settings);
    }
  });
  const databases = needs.database === undefined ? [] : (systems.postgres?.connections ?? []);
  const tracing = needs.tracing === undefined ? [] : (systems.tracing?.connections ?? []);
  return [
    ...calls,
    ...databases,
    ...tracing,
    ...used.flatMap((system) => (system === undefined ? [] : [system.connection])),
    ...outside,
  ];
}
