import { compare } from "./names.ts";

interface Node {
  readonly name: string;
  readonly dependsOn: readonly string[];
}

/**
 * Nodes grouped into waves: each depends on earlier waves only. Within a wave they are sorted by name.
 * @throws when a dependency is unknown or the dependencies form a cycle, naming them
 */
export function waves<T extends Node>(nodes: readonly T[]): T[][] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const open = new Map<string, number>();
  const dependants = new Map<string, T[]>();
  for (const node of nodes) {
    open.set(node.name, node.dependsOn.length);
    for (const name of node.dependsOn) {
      if (!byName.has(name)) throw new Error(`${node.name} depends on ${name}, which does not exist.`);
      const list = dependants.get(name) ?? [];
      list.push(node);
      dependants.set(name, list);
    }
  }
  const result: T[][] = [];
  let ready = nodes.filter(({ dependsOn }) => dependsOn.length === 0);
  let placed = 0;
  while (ready.length > 0) {
    ready.sort((a, b) => compare(a.name, b.name));
    result.push(ready);
    placed += ready.length;
    const next: T[] = [];
    for (const { name } of ready) {
      for (const dependant of dependants.get(name) ?? []) {
        const left = (open.get(dependant.name) ?? 0) - 1;
        open.set(dependant.name, left);
        if (left === 0) next.push(dependant);
      }
    }
    ready = next;
  }
  if (placed < nodes.length) {
    const stuck = nodes.filter(({ name }) => (open.get(name) ?? 0) > 0).map(({ name }) => name);
    throw new Error(`These depend on each other in a cycle: ${stuck.sort().join(", ")}.`);
  }
  return result;
}
