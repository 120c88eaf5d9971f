import type { Change, Item, Path, PlainObject, Segment } from "./change.ts";
import type { ListRule } from "./lists.ts";
import { keyDefaults, listRule, orderCounts } from "./lists.ts";
import { byKey } from "../kubernetes/names.ts";
import { sameMeaning } from "./values.ts";

type Json = Readonly<Record<string, unknown>>;

/** What is different between two states of an object, place by place. Nothing when they mean the same. */
export function compareObjects(before: PlainObject, after: PlainObject): Change[] {
  const changes: Change[] = [];
  const { kind } = after;
  if (!sameJson(before, after)) compareFields({ kind, changes }, before, after, [], "");
  return changes;
}

interface Comparison {
  readonly kind: string;
  readonly changes: Change[];
}

function compareFields(to: Comparison, before: Json, after: Json, path: Path, shape: string): void {
  for (const key of keysOf(before, after)) {
    compareValues(
      to,
      before[key] ?? undefined,
      after[key] ?? undefined,
      [...path, key],
      shape === "" ? key : `${shape}.${key}`,
    );
  }
}

/** Labels and annotations: each has a meaning of its own, and none at all is the same as an empty list of them. */
function isNotes(shape: string): boolean {
  return /(^|\.)metadata\.(labels|annotations)$/.test(shape);
}

/** The keys of either, in byte order, so that a report does not depend on how an object was written. */
function keysOf(before: Json, after: Json): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
}

function compareValues(to: Comparison, before: unknown, after: unknown, path: Path, shape: string): void {
  if (sameJson(before, after)) return;
  if ((before === undefined || after === undefined) && isNotes(shape)) {
    compareFields(to, isRecord(before) ? before : {}, isRecord(after) ? after : {}, path, shape);
    return;
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    compareLists(to, before, after, path, shape);
    return;
  }
  if (isRecord(before) && isRecord(after)) {
    compareFields(to, before, after, path, shape);
    return;
  }
  if (sameMeaning(to.kind, shape, before, after)) return;
  if (before === undefined) to.changes.push({ op: "add", path, after });
  else if (after === undefined) to.changes.push({ op: "remove", path, before });
  else to.changes.push({ op: "replace", path, before, after });
}

function compareLists(
  to: Comparison,
  before: readonly unknown[],
  after: readonly unknown[],
  path: Path,
  shape: string,
): void {
  const rule = listRule(to.kind, shape, before, after);
  const was = rule && identify(before, rule);
  const is = rule && identify(after, rule);
  if (rule === undefined || was === undefined || is === undefined) {
    to.changes.push({ op: "replace", path, before, after });
    return;
  }
  const gone = [...was].filter(([id]) => !is.has(id));
  const come = [...is].filter(([id]) => !was.has(id));
  const pairs = counterparts(gone, come, rule);
  const kept: string[] = [];
  for (const [id, old] of was) {
    const newId = is.has(id) ? id : pairs.get(id);
    const step = item(rule, id, old);
    if (newId === undefined) to.changes.push({ op: "remove", path: [...path, step], before: old });
    else {
      kept.push(newId);
      compareValues(to, old, is.get(newId), [...path, step], `${shape}[]`);
    }
  }
  const taken = new Set(kept);
  const positions = [...is.keys()];
  const ordered = orderCounts(to.kind, shape);
  for (const [id, now] of come) {
    if (taken.has(id)) continue;
    const place = ordered ? { at: positions.indexOf(id) } : {};
    to.changes.push({ op: "add", path: [...path, item(rule, id, now)], after: now, ...place });
  }
  if (ordered && !inOrder(kept, positions)) {
    to.changes.push({ op: "order", path, before: [...was.keys()], after: positions });
  }
}

/** The items of a list by id; nothing when two are alike, as then one cannot be told from the other. */
function identify(items: readonly unknown[], rule: ListRule): Map<string, unknown> | undefined {
  const pairs = items.map((each) => [identity(each, rule), each] as const);
  const byId = new Map(rule.type === "set" ? pairs.sort(byKey) : pairs);
  return byId.size === items.length ? byId : undefined;
}

/** What tells an item from its neighbours. */
export function identity(each: unknown, { type, keys }: ListRule): string {
  return type === "set"
    ? stableJson(each)
    : JSON.stringify(keys.map((key) => at(each, key) ?? keyDefaults[key] ?? null));
}

/** Items that have gone, and those that have come and are, to people, the same: id to id. Only where that is unambiguous. */
function counterparts(
  gone: readonly (readonly [string, unknown])[],
  come: readonly (readonly [string, unknown])[],
  { pair }: ListRule,
): ReadonlyMap<string, string> {
  const pairs = new Map<string, string>();
  const taken = new Set<string>();
  for (const fields of pair) {
    const left = grouped(
      gone.filter(([id]) => !pairs.has(id)),
      fields,
    );
    const right = grouped(
      come.filter(([id]) => !taken.has(id)),
      fields,
    );
    for (const [value, [id, another]] of left) {
      const [newId, ambiguous] = right.get(value) ?? [];
      if (id === undefined || newId === undefined || another !== undefined || ambiguous !== undefined) continue;
      pairs.set(id, newId);
      taken.add(newId);
    }
  }
  return pairs;
}

/** Ids by what some fields of the items hold. Items that have none of them are left out. */
function grouped(items: readonly (readonly [string, unknown])[], fields: readonly string[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const [id, each] of items) {
    const values = fields.map((field) => at(each, field));
    if (values.every((value) => value === undefined)) continue;
    const value = stableJson(values.map((one) => one ?? null));
    groups.set(value, [...(groups.get(value) ?? []), id]);
  }
  return groups;
}

function item(rule: ListRule, id: string, each: unknown): Item {
  if (rule.type === "map") {
    const values = JSON.parse(id) as unknown[];
    return { item: values.map(String).join("/"), id };
  }
  const label = isRecord(each)
    ? rule.pair
        .flatMap((fields) => describeFields(each, fields))
        .slice(0, 1)
        .join("")
    : scalarText(each);
  return { item: label === "" ? shortened(leaves(each)) : label, id };
}

function describeFields(each: Json, fields: readonly string[]): string[] {
  const parts = fields.map((field) => at(each, field)).filter((value) => value !== undefined);
  return parts.length === 0 ? [] : [shortened(parts.map(leaves).join(" "))];
}

/** What is at the ends of a value, as people would name it: `app=consul` of a selector of pods. */
function leaves(value: unknown): string {
  if (Array.isArray(value)) return value.map(leaves).join(", ");
  if (!isRecord(value)) return scalarText(value);
  return Object.entries(value)
    .sort(byKey)
    .map(([key, each]) => (typeof each === "object" ? leaves(each) : `${key}=${scalarText(each)}`))
    .join(" ");
}

const labelLimit = 60;

function shortened(text: string): string {
  return text.length <= labelLimit ? text : `${text.slice(0, labelLimit - 1)}…`;
}

/** Whether the items that stay follow each other as they did. */
function inOrder(kept: readonly string[], positions: readonly string[]): boolean {
  const places = new Map(positions.map((id, index) => [id, index]));
  return kept.every((id, index) => index === 0 || (places.get(kept[index - 1] ?? "") ?? -1) < (places.get(id) ?? -1));
}

/** A scalar as text; JSON for what is none, and nothing for nothing. */
export function scalarText(value: unknown): string {
  if (typeof value === "string") return value;
  return value === undefined || value === null ? "" : stableJson(value);
}

/** The value at a dotted path. */
export function at(value: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((inner, key) => (isRecord(inner) ? inner[key] : undefined), value);
}

/** Whether a JSON value is an object: neither a list nor null. */
export function isRecord(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether two JSON values are equal. The order of keys does not matter, and `null` is nothing. */
export function sameJson(before: unknown, after: unknown): boolean {
  if (before === after) return true;
  const [a, b] = [before ?? undefined, after ?? undefined];
  if (typeof a !== "object" || typeof b !== "object") return a === b;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((each, index) => sameJson(each, b[index]));
  }
  if (Array.isArray(b)) return false;
  const [left, right] = [a as Json, b as Json];
  for (const key in left) if (!sameJson(left[key], right[key])) return false;
  for (const key in right) if (!(key in left) && (right[key] ?? undefined) !== undefined) return false;
  return true;
}

/** JSON with its keys in byte order. */
export function stableJson(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value ?? null);
  if (Array.isArray(value)) return `[${value.map(stableJson).join(",")}]`;
  const record = value as Json;
  const fields = Object.keys(record)
    .sort()
    .filter((key) => (record[key] ?? undefined) !== undefined);
  return `{${fields.map((key) => `${JSON.stringify(key)}:${stableJson(record[key])}`).join(",")}}`;
}

/** The last segment of a path, when it is a key. */
export function lastKey(path: Path): string | undefined {
  const last: Segment | undefined = path.at(-1);
  return typeof last === "string" ? last : undefined;
}
