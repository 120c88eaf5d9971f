import type { Catalogue, PortName, Route, Service } from "../catalogue/service.ts";
import { platformKeys } from "../components/consul/documents.ts";
import type { Finding } from "./finding.ts";
import { suggest } from "./finding.ts";
import { routeTableFindings } from "./routes.ts";

type AnyService = Service<string>;

/** A finding about one catalogue entry, placed in its file. */
function at(service: string, rule: string, problem: string, fix: string): Finding {
  return { rule: `catalogue/${rule}`, place: `catalogue/services/${service}.ts`, problem, fix };
}

/** Everything that is wrong with a catalogue, whatever environment it runs in. */
export function catalogueFindings(catalogue: Catalogue<string>): Finding[] {
  const services = Object.entries(catalogue);
  return [
    ...services.flatMap(([key, service]) => [
      ...nameFindings(key, service),
      ...portFindings(service),
      ...callFindings(service, catalogue),
      ...routeFindings(service),
      ...numberFindings(service),
      ...documentKeyFindings(service),
    ]),
    ...routeTableFindings(services.map(([, service]) => service)),
    ...duplicateRoutes(services.map(([, service]) => service)),
    ...duplicateDatabases(services.map(([, service]) => service)),
    ...cacheKeyFindings(services.map(([, service]) => service)),
    ...gatewayFindings(services.map(([, service]) => service)),
    ...cycleFindings(catalogue),
  ];
}

function nameFindings(key: string, { name }: AnyService): Finding[] {
  const findings: Finding[] = [];
  if (key !== name) findings.push(at(key, "name", `its name is "${name}".`, `Name it "${key}", as its file.`));
  // Its ConfigMap adds "-config-" and a hash, and names of Services end at 63 characters.
  if (!/^[a-z]([a-z0-9-]{0,43}[a-z0-9])?$/.test(name)) {
    findings.push(
      at(
        key,
        "name",
        `"${name}" is no DNS label of at most 45 characters.`,
        "Use lower-case letters, digits and dashes.",
      ),
    );
  }
  return findings;
}

function portFindings(service: AnyService): Finding[] {
  const { name, ports, metrics, probes } = service;
  const findings: Finding[] = [];
  const seen = new Map<number, string>();
  for (const [port, number] of Object.entries(ports)) {
    const other = seen.get(number);
    if (other !== undefined) {
      findings.push(
        at(name, "port-clash", `ports ${other} and ${port} are both ${number}.`, "Give each its own number."),
      );
    }
    seen.set(number, port);
    if (!Number.isInteger(number) || number < 1024 || number > 65535) {
      findings.push(
        at(
          name,
          "port-range",
          `port ${port} is ${number}.`,
          "Use 1024 to 65535: lower ones need privileges that pods lack.",
        ),
      );
    }
  }
  const used: readonly (readonly [string, PortName])[] = [
    ["metrics", metrics.port],
    ["probes", probes.port],
  ];
  for (const [user, port] of used) {
    if (ports[port] === undefined) {
      findings.push(at(name, "port-unknown", `${user} use port "${port}", which it does not have.`, known(ports)));
    }
  }
  return findings;
}

function callFindings(caller: AnyService, catalogue: Catalogue<string>): Finding[] {
  return caller.needs.calls.flatMap(({ service, port }) => {
    const callee = catalogue[service];
    if (callee === undefined) {
      return [
        at(
          caller.name,
          "unknown-dependency",
          `calls "${service}", which is not in the catalogue.`,
          suggest(service, Object.keys(catalogue)),
        ),
      ];
    }
    if (service === caller.name) return [at(caller.name, "call-cycle", "calls itself.", "Remove the call.")];
    if (callee.ports[port] === undefined) {
      return [
        at(caller.name, "port-unknown", `calls port "${port}" of ${service}, which has none.`, known(callee.ports)),
      ];
    }
    return [];
  });
}

function routeFindings(service: AnyService): Finding[] {
  return service.routes.flatMap((route) => {
    const { name, ports } = service;
    const path = describeRoute(route);
    const findings: Finding[] = [];
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

function numberFindings({ name, slo, longestRequestSeconds, probes, routes, needs }: AnyService): Finding[] {
  const numbers: readonly (readonly [string, number, boolean, string])[] = [
    ["slo.latencyP95Ms", slo.latencyP95Ms, slo.latencyP95Ms > 0, "milliseconds above 0"],
    ["slo.errorRatio", slo.errorRatio, slo.errorRatio > 0 && slo.errorRatio < 1, "a share between 0 and 1"],
    ["slo.availability", slo.availability, slo.availability > 0 && slo.availability < 1, "a share between 0 and 1"],
    ["longestRequestSeconds", longestRequestSeconds, longestRequestSeconds > 0, "seconds above 0"],
    ["probes.startSeconds", probes.startSeconds, probes.startSeconds > 0, "seconds above 0"],
    ...routes.map(
      (route) =>
        [`maxBodyMiB of ${describeRoute(route)}`, route.maxBodyMiB, route.maxBodyMiB > 0, "MiB above 0"] as const,
    ),
  ];
  const findings = numbers
    .filter(([, , valid]) => !valid)
    .map(([what, value, , wanted]) => at(name, "number", `${what} is ${value}.`, `Give ${wanted}.`));
  const database = needs.database?.name;
  // Its roles add "_a" and "_b"; PostgreSQL ends names at 63 bytes.
  if (database !== undefined && !/^[a-z][a-z0-9_]{0,60}$/.test(database)) {
    findings.push(
      at(
        name,
        "database-name",
        `"${database}" is no plain PostgreSQL name.`,
        "Use lower-case letters, digits and underscores.",
      ),
    );
  }
  return findings;
}

/** Documents that the platform writes itself cannot be declared: one of the two would win without a word. */
function documentKeyFindings({ name, documents = {} }: AnyService): Finding[] {
  return Object.keys(documents)
    .filter((key) => (platformKeys as readonly string[]).includes(key))
    .map((key) =>
      at(name, "document-key", `documents.${key} is written by the platform.`, "Use another key for what it lacks."),
    );
}

function duplicateRoutes(services: readonly AnyService[]): Finding[] {
  const owners = new Map<string, { readonly service: string; readonly route: Route }[]>();
  const findings: Finding[] = [];
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

function duplicateDatabases(services: readonly AnyService[]): Finding[] {
  const owners = new Map<string, string>();
  return services.flatMap(({ name, needs }) => {
    if (needs.database === undefined) return [];
    const owner = owners.get(needs.database.name);
    owners.set(needs.database.name, owner ?? name);
    return owner === undefined
      ? []
      : [
          at(
            name,
            "duplicate-database",
            `its database "${needs.database.name}" belongs to ${owner}.`,
            "Give it its own, and call the other service for its data.",
          ),
        ];
  });
}

/** Keys of the cache belong to one service each: another could read what it must not, or overwrite it. */
function cacheKeyFindings(services: readonly AnyService[]): Finding[] {
  const owners = new Map<string, string>();
  return services.flatMap(({ name, needs }) => {
    if (needs.cache === undefined) return [];
    const { keyPrefixes } = needs.cache;
    const findings =
      keyPrefixes.length > 0
        ? []
        : [at(name, "cache-keys", "uses the cache and has no key of its own in it.", "Name what its keys start with.")];
    return keyPrefixes.reduce((all, prefix) => {
      const owner = owners.get(prefix);
      owners.set(prefix, owner ?? name);
      // What else Redis' patterns know would open other services' keys, or none.
      const plain = /^[a-z][a-z0-9_-]*$/.test(prefix);
      return [
        ...all,
        ...(plain
          ? []
          : [
              at(
                name,
                "cache-keys",
                `"${prefix}" is no plain key prefix.`,
                "Use lower-case letters, digits, dashes and underscores; the colon after it is added.",
              ),
            ]),
        ...(owner === undefined
          ? []
          : [at(name, "cache-keys", `its key prefix "${prefix}" belongs to ${owner}.`, "Give it its own.")]),
      ];
    }, findings);
  });
}

/** A route through the gateway needs a gateway that may call the service and waits as long as the service takes. */
function gatewayFindings(services: readonly AnyService[]): Finding[] {
  const gateways = services.filter(({ configFile }) => configFile.kind === "gateway");
  const through = services.filter(({ routes }) => routes.some(({ via }) => via === "gateway"));
  const [gateway, second] = gateways;
  if (second !== undefined) {
    return [
      at(
        second.name,
        "gateway",
        `is a gateway beside ${gateway?.name}.`,
        "Keep one: routes name no particular gateway.",
      ),
    ];
  }
  if (gateway === undefined) {
    return through.map(({ name }) =>
      at(name, "gateway", "has routes through a gateway, and there is none.", 'Route them via "edge".'),
    );
  }
  return through.flatMap(({ name, longestRequestSeconds }) => {
    const findings: Finding[] = [];
    if (!gateway.needs.calls.some(({ service, port }) => service === name && port === "http")) {
      findings.push(
        at(
          gateway.name,
          "gateway",
          `does not call ${name}, whose routes pass through it.`,
          `Add { service: "${name}", port: "http" } to its calls.`,
        ),
      );
    }
    if (gateway.longestRequestSeconds < longestRequestSeconds) {
      findings.push(
        at(
          gateway.name,
          "timeout-nesting",
          `gives a request ${gateway.longestRequestSeconds} s, and ${name} takes up to ${longestRequestSeconds} s.`,
          "Raise its longestRequestSeconds.",
        ),
      );
    }
    return findings;
  });
}

function cycleFindings(catalogue: Catalogue<string>): Finding[] {
  const edges = Object.entries(catalogue).map(([name, { needs }]) => {
    const ordering = needs.calls.filter(({ service, cycleBecause }) => cycleBecause === undefined && service !== name);
    return [name, ordering.map(({ service }) => service)] as const;
  });
  const cycle = findCycle(new Map(edges));
  if (cycle === undefined) return [];
  return [
    at(
      cycle[0] ?? "",
      "call-cycle",
      `calls go round in a circle: ${[...cycle, cycle[0]].join(" → ")}.`,
      "Remove one call, or say in its cycleBecause why it may stay.",
    ),
  ];
}

/** The members of some cycle in order, starting with the first by name. */
function findCycle(edges: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const fromFirst = (cycle: readonly string[]): string[] => {
    const first = cycle.indexOf([...cycle].sort()[0] ?? "");
    return [...cycle.slice(first), ...cycle.slice(0, first)];
  };
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (name: string): string[] | undefined => {
    const start = path.indexOf(name);
    if (start !== -1) return fromFirst(path.slice(start));
    if (done.has(name)) return undefined;
    path.push(name);
    for (const next of edges.get(name) ?? []) {
      const cycle = visit(next);
      if (cycle !== undefined) return cycle;
    }
    path.pop();
    done.add(name);
    return undefined;
  };
  for (const name of [...edges.keys()].sort()) {
    const cycle = visit(name);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

function describeRoute({ method, path }: Route): string {
  return `${method} ${path}`;
}

function parameters(path: string): string[] {
  return path.match(/:[^/]+/g) ?? [];
}

function known(ports: Service["ports"]): string {
  return `It has: ${Object.keys(ports).join(", ")}.`;
}
