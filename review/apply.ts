import type { Change, Item, ObjectChange, PlainObject } from "./change.ts";
import { shapeOf } from "./change.ts";
import { identity, isRecord } from "./compare.ts";
import type { ListRule } from "./lists.ts";
import { listRule } from "./lists.ts";

/** The objects that some objects become by changes: what proves that a report leaves nothing out. */
export function applyAll(objects: readonly PlainObject[], changes: readonly ObjectChange[]): PlainObject[] {
  const touched = new Map(changes.map((change) => [change.before, change]));
  const kept = objects.flatMap((object) => {
    const change = touched.get(object);
    if (change === undefined) return [object];
    return change.after === undefined ? [] : [applyChanges(object, change.changes)];
  });
  return [
    ...kept,
    ...changes.flatMap(({ before, after }) => (before === undefined && after !== undefined ? [after] : [])),
  ];
}

/** An object with changes made to it. */
export function applyChanges(object: PlainObject, changes: readonly Change[]): PlainObject {
  // Not structuredClone: what two places share must not change in both.
  const copy = JSON.parse(JSON.stringify(object)) as PlainObject;
  const lists = new Map<unknown[], Items>();
  for (const change of changes) applyChange(copy, change, lists);
  return copy;
}

/** The items of a list by the ids that they had before anything changed. */
interface Items {
  readonly rule: ListRule;
  readonly byId: ReadonlyMap<string, unknown>;
}

type Mutable = Record<string, unknown>;

function applyChange(object: PlainObject, change: Change, lists: Map<unknown[], Items>): void {
  if (change.op === "order") {
    const list = walk(object, change.path, change.path.length, lists) as unknown[];
    const { rule } = itemsOf(list, object.kind, shapeOf(change.path), lists);
    const places = new Map(change.after.map((id, index) => [id, index]));
    list.sort((a, b) => (places.get(identity(a, rule)) ?? 0) - (places.get(identity(b, rule)) ?? 0));
    return;
  }
  const parent = walk(object, change.path, change.path.length - 1, lists);
  const last = change.path.at(-1);
  if (typeof last === "string") {
    if (change.op === "remove") Reflect.deleteProperty(parent as Mutable, last);
    else (parent as Mutable)[last] = structuredClone(change.after);
    return;
  }
  const list = parent as unknown[];
  const { byId } = itemsOf(list, object.kind, shapeOf(change.path.slice(0, -1)), lists);
  const index = list.indexOf(byId.get(last?.id ?? ""));
  if (change.op === "remove") list.splice(index, 1);
  else if (change.op === "replace") list[index] = structuredClone(change.after);
  else list.splice(change.at ?? list.length, 0, structuredClone(change.after));
}

/** The value so many steps down a path. */
function walk(object: PlainObject, path: Change["path"], steps: number, lists: Map<unknown[], Items>): unknown {
  let value: unknown = object;
  for (let step = 0; step < steps; step++) {
    const segment: string | Item | undefined = path[step];
    if (typeof segment === "string") {
      if (isRecord(value) && value[segment] === undefined) Reflect.set(value, segment, {});
      value = isRecord(value) ? value[segment] : undefined;
    } else
      value = itemsOf(value as unknown[], object.kind, shapeOf(path.slice(0, step)), lists).byId.get(segment?.id ?? "");
  }
  return value;
}

const byName: ListRule = { type: "map", keys: ["name"], pair: [] };

function itemsOf(list: unknown[], kind: string, shape: string, lists: Map<unknown[], Items>): Items {
  const known = lists.get(list);
  if (known !== undefined) return known;
  const rule = listRule(kind, shape, list, list) ?? byName;
  const items = { rule, byId: new Map(list.map((each) => [identity(each, rule), each])) };
  lists.set(list, items);
  return items;
}
