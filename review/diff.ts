import type { Change, ObjectChange, Placed, PlainObject } from "./change.ts";
import { compareObjects, isRecord } from "./compare.ts";
import { pairObjects } from "./pair.ts";

/**
 * What changes between two states of an environment, in an order that depends on nothing but the objects. Everything that
 * means the same in both is left out.
 */
export function diffObjects(before: readonly Placed[], after: readonly Placed[]): ObjectChange[] {
  return pairObjects(before, after).flatMap(({ before: was, after: is }): ObjectChange[] => {
    const component = (is ?? was)?.component ?? "";
    if (was === undefined) return is === undefined ? [] : [{ component, after: is.object, changes: [] }];
    if (is === undefined) return [{ component, before: was.object, changes: [] }];
    const changes = compareObjects(was.object, is.object).map((change) => concealed(is.object, change));
    return changes.length === 0 ? [] : [{ component, before: was.object, after: is.object, changes }];
  });
}

/** What stands for a value that nobody may see. */
export const hidden = "<hidden>";

/** How renders write what a Secret holds: how it is made, never what it is (`kubernetes/sinks.ts`). */
const mask = /<(generated|setting) [^<>]+>/;

/**
 * Renders hold masks where secrets go. Should a Secret ever come with a value, from a hand-written revision or a server, the
 * report says that it changed and no more.
 */
function concealed(object: PlainObject, change: Change): Change {
  if (object.kind !== "Secret" || (change.path[0] !== "data" && change.path[0] !== "stringData")) return change;
  const hide = (value: unknown): unknown => {
    if (isRecord(value)) return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, hide(each)]));
    return typeof value === "string" && mask.test(value) ? value : hidden;
  };
  switch (change.op) {
    case "add":
      return { ...change, after: hide(change.after) };
    case "remove":
      return { ...change, before: hide(change.before) };
    case "replace":
      return { ...change, before: hide(change.before), after: hide(change.after) };
    case "order":
      return change;
  }
}
