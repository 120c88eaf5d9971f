import type { Catalogue } from "../../catalogue/service.ts";
import type { DataFinding } from "../ids.ts";
import { suggest } from "../finding.ts";
import type { AnyService } from "./place.ts";
import { at, known } from "./place.ts";

/** Calls of a service that lead nowhere. */
export function callFindings(caller: AnyService, catalogue: Catalogue<string>): DataFinding[] {
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

/** Calls that go round in a circle and do not say why they may: no order of starting would fit them. */
export function cycleFindings(catalogue: Catalogue<string>): DataFinding[] {
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
