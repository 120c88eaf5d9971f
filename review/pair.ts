import { compare } from "../kubernetes/names.ts";
import type { Placed } from "./change.ts";

/** The same object before and after; one side is absent when it is created or deleted. */
export interface Pair {
  readonly before?: Placed;
  readonly after?: Placed;
}

/**
 * Pairs the objects of two states. The group of an `apiVersion` counts, its version does not: `v1beta1` and `v1` of a kind
 * are one object. A name that ends in a hash of the content is the same object under its next name.
 */
export function pairObjects(before: readonly Placed[], after: readonly Placed[]): Pair[] {
  const was = new Map(before.map((each) => [identityOf(each), each]));
  const is = new Map(after.map((each) => [identityOf(each), each]));
  const successors = hashedSuccessors(
    [...was].filter(([id]) => !is.has(id)).map(([, each]) => each),
    [...is].filter(([id]) => !was.has(id)).map(([, each]) => each),
  );
  const followers = new Set(successors.values());
  const pairs: Pair[] = [...was].map(([id, each]) => {
    const next = is.get(id) ?? successors.get(each);
    return next === undefined ? { before: each } : { before: each, after: next };
  });
  for (const [id, each] of is) if (!was.has(id) && !followers.has(each)) pairs.push({ after: each });
  return pairs.sort((a, b) => compare(orderOf(a), orderOf(b)));
}

function identityOf({ object }: Placed): string {
  const { kind, metadata } = object;
  return `${groupOf(object.apiVersion)}/${kind}/${metadata.namespace ?? ""}/${metadata.name}`;
}

/** `apps` of `apps/v1`; empty for the core. */
export function groupOf(apiVersion: string): string {
  return apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "";
}

function orderOf({ before, after }: Pair): string {
  const placed = after ?? before;
  if (placed === undefined) return "";
  const { kind, metadata } = placed.object;
  return [placed.component, kind, metadata.namespace ?? "", metadata.name].join("\0");
}

/** A name with the ten hex digits of a content hash at its end, as `kubernetes/names.ts` makes them. */
const hashed = /^(.+)-[0-9a-f]{10}$/;

/** The name without the hash of its content. */
export function stemOf(name: string): string {
  return hashed.exec(name)?.[1] ?? name;
}

/** Which new object takes the place of which old one, where only the hash in their names differs. */
function hashedSuccessors(gone: readonly Placed[], come: readonly Placed[]): ReadonlyMap<Placed, Placed> {
  const stem = ({ object: { kind, metadata } }: Placed): string =>
    hashed.test(metadata.name) ? `${kind}/${metadata.namespace ?? ""}/${stemOf(metadata.name)}` : "";
  const left = Map.groupBy(gone, stem);
  const right = Map.groupBy(come, stem);
  const pairs = new Map<Placed, Placed>();
  for (const [key, [old, another]] of left) {
    const [next, ambiguous] = right.get(key) ?? [];
    if (key !== "" && old !== undefined && another === undefined && next !== undefined && ambiguous === undefined) {
      pairs.set(old, next);
    }
  }
  return pairs;
}
