import { createHash } from "node:crypto";

/** A short hash of some text, for names and annotations. Ten hex digits: collisions within one object are not a concern. */
export function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 10);
}

/** A hash of a ConfigMap's data that does not depend on the order of its keys. */
export function contentHash(data: Readonly<Record<string, string>>): string {
  return shortHash(JSON.stringify(Object.entries(data).sort(byKey)));
}

/** Sorts entries by key in byte order: the same on every machine, unlike a locale's order. */
export function byKey(a: readonly [string, unknown], b: readonly [string, unknown]): number {
  return compare(a[0], b[0]);
}

/** Byte-wise comparison of two strings. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
