import type { PlainObject } from "../../review/change.ts";
import { isRecord } from "../../review/compare.ts";
import type { RuleId } from "../../review/risk.ts";

/** One change of which Kubernetes' documentation says what it does. */
export interface CorpusPair {
  readonly name: string;
  /** The rule that must speak; its class must be the worst that is found. */
  readonly rule: RuleId;
  readonly before: readonly PlainObject[];
  readonly after: readonly PlainObject[];
}

/** An object that is edited in place. */
export function edit(name: string, rule: RuleId, object: PlainObject, ...edits: readonly Edit[]): CorpusPair {
  return { name, rule, before: [object], after: [edited(object, ...edits)] };
}

/** An object that goes, while others stay. */
export function removal(
  name: string,
  rule: RuleId,
  object: PlainObject,
  ...others: readonly PlainObject[]
): CorpusPair {
  return { name, rule, before: [object, ...others], after: others };
}

/** An object that comes, beside others. */
export function creation(
  name: string,
  rule: RuleId,
  object: PlainObject,
  ...others: readonly PlainObject[]
): CorpusPair {
  return { name, rule, before: others, after: [object, ...others] };
}

/** A place, dotted with numbers for items of lists, and what is there afterwards: `undefined` for nothing. */
export type Edit = readonly [path: string, value: unknown];

/** A copy of an object with some places changed. */
export function edited(object: PlainObject, ...edits: readonly Edit[]): PlainObject {
  // Not structuredClone: what two places of a fixture share must not change in both.
  const copy = JSON.parse(JSON.stringify(object)) as PlainObject;
  for (const [path, value] of edits) {
    const keys = path.split(/(?<!\\)\./).map((key) => key.replaceAll("\\.", "."));
    const last = keys.pop() ?? "";
    let place: unknown = copy;
    for (const key of keys) place = child(place, key);
    if (Array.isArray(place)) {
      if (value === undefined) place.splice(Number(last), 1);
      else place[Number(last)] = value;
    } else if (isRecord(place)) {
      if (value === undefined) Reflect.deleteProperty(place, last);
      else Reflect.set(place, last, value);
    } else throw new Error(`There is no ${path} in ${object.kind}.`);
  }
  return copy;
}

function child(place: unknown, key: string): unknown {
  if (Array.isArray(place)) return place[Number(key)] as unknown;
  if (!isRecord(place)) return undefined;
  if (place[key] === undefined) Reflect.set(place, key, {});
  return place[key];
}
