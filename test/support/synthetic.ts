import type { Service } from "../../catalogue/service.ts";
import { root } from "../../local/paths.ts";
import type { Environment, ServiceData } from "../../stacks/environment.ts";
import { loadEnvironment } from "../../stacks/load.ts";

const base = loadEnvironment("dev", root);

/** A valid environment of exactly these services, with room for each and the systems of dev: for properties and benchmarks. */
export function environmentFrom(services: readonly (readonly [Service<string>, ServiceData])[]): Environment<string> {
  const room = String(services.length * 1000);
  return {
    migrations: {},
    partitioned: [],
    catalogue: Object.fromEntries(services.map(([service]) => [service.name, service])),
    data: {
      ...base.data,
      // As many databases as there are services: somebody else's server takes them all.
      systems: {
        ...base.data.systems,
        postgres: {
          kind: "external",
          host: "postgres.example.org",
          port: 5432,
          replicaHosts: [],
          cidrs: ["10.0.0.0/24"],
        },
        consul: { kind: "external", host: "consul.example.org", port: 8500, cidrs: ["10.0.1.0/24"] },
      },
      zones: { count: 1, spread: "preferred" },
      quota: {
        "requests.cpu": room,
        "requests.memory": `${room}Gi`,
        "limits.cpu": room,
        "limits.memory": `${room}Gi`,
        pods: room,
      },
      services: Object.fromEntries(services.map(([service, data]) => [service.name, data])),
    },
    settings: { ...base.settings, images: Object.fromEntries(services.map(([{ name }]) => [name, "v1.0.0"])) },
  };
}

/** The name of the service with such a number. */
export function serviceName(index: number): string {
  return `service-${String(index).padStart(4, "0")}`;
}
