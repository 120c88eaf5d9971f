import type { Route } from "../catalogue/service.ts";

/** Which paths a route takes. */
export type Pattern = Pick<Route, "path" | "match">;

/** The parts of a path between its slashes. */
export function segments(path: string): string[] {
  return path.split("/").filter((segment) => segment !== "");
}

/** Patterns by their segments, so that a pattern is compared with those near it and not with all others. */
export interface RouteTree<T> {
  /** What was added before and may fit a path that this pattern fits, in the order of adding: as far as both go, they agree. */
  readonly near: (pattern: Pattern) => T[];
  readonly add: (pattern: Pattern, value: T) => void;
}

interface Entry<T> {
  readonly order: number;
  readonly value: T;
}

interface Node<T> {
  readonly ends: Entry<T>[];
  readonly children: Map<string, Node<T>>;
}

const parameter = ":";

/** An empty tree. Looking near a pattern takes as long as its path and what is found, not as the tree is large. */
export function routeTree<T>(): RouteTree<T> {
  const root: Node<T> = { ends: [], children: new Map() };
  let added = 0;
  return {
    add: (pattern, value) => {
      let node = root;
      for (const segment of keys(pattern)) {
        const next: Node<T> = node.children.get(segment) ?? { ends: [], children: new Map() };
        node.children.set(segment, next);
        node = next;
      }
      node.ends.push({ order: added++, value });
    },
    near: (pattern) =>
      candidates(root, keys(pattern))
        .sort((a, b) => a.order - b.order)
        .map(({ value }) => value),
  };
}

function keys({ path }: Pattern): string[] {
  return segments(path).map((segment) => (segment.startsWith(parameter) ? parameter : segment));
}

/** Everything whose segments agree as far as both go. */
function candidates<T>(node: Node<T>, [key, ...rest]: readonly string[]): Entry<T>[] {
  if (key === undefined) return below(node);
  const next = key === parameter ? [...node.children.values()] : [node.children.get(key), node.children.get(parameter)];
  return [...node.ends, ...next.flatMap((child) => (child === undefined ? [] : candidates(child, rest)))];
}

function below<T>(node: Node<T>): Entry<T>[] {
  return [...node.ends, ...[...node.children.values()].flatMap(below)];
}
