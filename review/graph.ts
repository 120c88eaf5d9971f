import type { Catalogue, Service } from "../catalogue/service.ts";
import { compare } from "../kubernetes/names.ts";

export interface Edge {
  readonly from: string;
  readonly to: string;
  /** What is used of it: a port, a database, a kind of system. */
  readonly uses: string;
}

/** Who needs what. */
export interface Graph {
  readonly services: readonly string[];
  readonly systems: readonly string[];
  readonly edges: readonly Edge[];
}

/** The dependency graph of some services, by name. */
export function dependencyGraph(
  catalogue: Catalogue<string>,
  names: readonly string[] = Object.keys(catalogue),
): Graph {
  const services = names.flatMap((name) => catalogue[name] ?? []);
  const edges = services.flatMap((service) => [
    ...service.needs.calls
      .filter((call) => names.includes(call.service))
      .map((call) => ({ from: service.name, to: call.service, uses: call.port })),
    ...systemEdges(service),
    ...(service.routes.some(({ via }) => via === "edge") || service.configFile.kind === "gateway"
      ? [{ from: "edge", to: service.name, uses: "routes" }]
      : []),
  ]);
  const systems = [...new Set(edges.flatMap(({ from, to }) => [from, to]))].filter((name) => !names.includes(name));
  return {
    services: [...names].sort(),
    systems: systems.sort(),
    edges: edges.sort((a, b) => compare(a.from, b.from) || compare(a.to, b.to) || compare(a.uses, b.uses)),
  };
}

function systemEdges({ name, needs }: Service<string>): Edge[] {
  const uses: readonly (readonly [string, string | undefined])[] = [
    ["postgres", needs.database?.name],
    ["redis-cache", needs.cache?.need],
    ["redis-durable", needs.saga],
    ["consul", needs.configuration],
    ["tracing", needs.tracing],
    ...needs.outside.map((target) =>
      target.kind === "internet" ? ([target.host, `port ${target.port}`] as const) : (["kube-api", "API"] as const),
    ),
  ];
  return uses.flatMap(([to, use]) => (use === undefined ? [] : [{ from: name, to, uses: use }]));
}

/** For Markdown: GitLab and most editors draw it. */
export function toMermaid({ services, systems, edges }: Graph): string {
  const id = (name: string): string => name.replace(/[^A-Za-z0-9]/g, "_");
  return [
    "flowchart LR",
    ...services.map((name) => `  ${id(name)}[${name}]`),
    ...systems.map((name) => `  ${id(name)}[(${name})]`),
    ...edges.map(({ from, to, uses }) => `  ${id(from)} -->|${uses}| ${id(to)}`),
    "",
  ].join("\n");
}

/** For Graphviz: `./suoke graph --format dot | dot -Tsvg`. */
export function toDot({ services, systems, edges }: Graph): string {
  const quote = (text: string): string => JSON.stringify(text);
  return [
    "digraph platform {",
    "  rankdir=LR;",
    '  node [shape=box, style=rounded, fontname="sans-serif"];',
    ...services.map((name) => `  ${quote(name)};`),
    ...systems.map((name) => `  ${quote(name)} [shape=cylinder, style=""];`),
    ...edges.map(({ from, to, uses }) => `  ${quote(from)} -> ${quote(to)} [label=${quote(uses)}];`),
    "}",
    "",
  ].join("\n");
}
