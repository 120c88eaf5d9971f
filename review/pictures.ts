import type { Graph } from "./graph.ts";

/** How data becomes a running platform, for Graphviz. The names are those of the folders. */
const flow = `digraph flow {
  rankdir=TB; nodesep=0.35; ranksep=0.45;
  node [shape=box, style="rounded,filled", fillcolor="#f5f7fa", color="#54616e", fontname="Helvetica,Arial,sans-serif", fontsize=11, margin="0.35,0.1"];
  edge [color="#54616e", fontname="Helvetica,Arial,sans-serif", fontsize=10];
  subgraph cluster_data {
    label="data"; fontname="Helvetica,Arial,sans-serif"; color="#c3ccd5"; style=rounded;
    catalogue [label="catalogue/\\nwhat runs"];
    stacks [label="stacks/dev.ts, staging.ts, prod.ts\\nhow much of it"];
    settings [label="Pulumi.<env>.yaml\\nwhat CI and SREs change"];
  }
  platform [label="stacks/platform.ts\\npure: checked data in, components out", fillcolor="#dbe9f6"];
  components [label="components in dependency order\\n{ type, name, manifests, dependsOn }", fillcolor="#dbe9f6"];
  catalogue -> platform; stacks -> platform; settings -> platform [label="strict decode"];
  platform -> components [label="components/, kubernetes/"];
  policies [label="policies/\\nrefuse what must not be applied"];
  render [label="./suoke render\\ntest/golden/, review"];
  pulumi [label="index.ts\\npulumi preview, up", fillcolor="#e3f3e1"];
  local [label="make up\\nembedded cluster", fillcolor="#e3f3e1"];
  components -> policies [label="every build"];
  components -> render [label="secrets masked"];
  components -> pulumi [label="secrets as outputs"];
  components -> local [label="local secrets"];
}
`;

/**
 * Who calls whom, for Graphviz. What else a service needs stands in its box: as arrows it would hide the calls.
 * @param fills colours of some boxes, by name
 */
export function calls({ services, edges }: Graph, fills: Readonly<Record<string, string>> = {}): string {
  const quote = (text: string): string => JSON.stringify(text);
  const box = (name: string): string => {
    const systems = edges.filter(({ from, to }) => from === name && !services.includes(to)).map(({ to }) => to);
    const fill = fills[name] === undefined ? "" : `, fillcolor=${quote(fills[name])}`;
    return `  ${quote(name)} [label=${quote([name, systems.join(" · ")].join("\n"))}${fill}];`;
  };
  const arrows = edges.filter(({ to }) => services.includes(to));
  return [
    "digraph calls {",
    "  rankdir=LR; nodesep=0.25; ranksep=0.9;",
    '  node [shape=box, style="rounded,filled", fillcolor="#f5f7fa", color="#54616e", fontname="Helvetica,Arial,sans-serif", fontsize=11, margin="0.35,0.1"];',
    '  edge [color="#54616e", fontname="Helvetica,Arial,sans-serif", fontsize=10];',
    '  edge_ [label="edge", shape=oval, fillcolor="#dbe9f6"];',
    ...services.map(box),
    ...arrows.map(
      ({ from, to, uses }) => `  ${from === "edge" ? "edge_" : quote(from)} -> ${quote(to)} [label=${quote(uses)}];`,
    ),
    "}",
    "",
  ].join("\n");
}

/** Every picture in the docs as DOT, by name. */
export function pictures(graph: Graph): Readonly<Record<string, string>> {
  return { flow, dependencies: calls(graph) };
}
