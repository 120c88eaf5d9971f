import type { KubernetesObject } from "../kubernetes/manifest.ts";
import type { Pods } from "../policies/pods.ts";
import { indexPods } from "../policies/pods.ts";
import type { Placed, PlainObject } from "./change.ts";
import { isRecord } from "./compare.ts";

/** One state of an environment, to look things up in. */
export interface Side {
  readonly find: (kind: string, namespace: string | undefined, name: string) => PlainObject | undefined;
  readonly ofKind: (kind: string) => readonly PlainObject[];
  /** The pods of a namespace that a selector matches. */
  readonly pods: (namespace: string | undefined, selector: unknown) => readonly Pods[];
}

/** Both states: rules about one object may ask for the others. */
export interface World {
  readonly before: Side;
  readonly after: Side;
  /** The object that goes where this one comes, or comes where it goes, and is alike in all but its name. */
  readonly counterpart: (object: PlainObject) => PlainObject | undefined;
}

/** Both states as rules ask for them: looked up, and with what goes where something else comes. */
export function worldOf(before: readonly Placed[], after: readonly Placed[]): World {
  const sides = { before: sideOf(before), after: sideOf(after) };
  const moved = lazy(() => moves(onlyIn(before, sides.after), onlyIn(after, sides.before)));
  return { ...sides, counterpart: (object) => moved().get(object) };
}

function onlyIn(placed: readonly Placed[], other: Side): PlainObject[] {
  return placed
    .map(({ object }) => object)
    .filter(({ kind, metadata }) => other.find(kind, metadata.namespace, metadata.name) === undefined);
}

/** Objects that go and come and are alike, where it is clear which is which. */
function moves(gone: readonly PlainObject[], come: readonly PlainObject[]): ReadonlyMap<PlainObject, PlainObject> {
  const found = new Map<PlainObject, PlainObject>();
  for (const fingerprint of [withoutIdentity, withoutNames]) {
    const left = Map.groupBy(
      gone.filter((object) => !found.has(object)),
      fingerprint,
    );
    const right = Map.groupBy(
      come.filter((object) => !found.has(object)),
      fingerprint,
    );
    for (const [print, [old, another]] of left) {
      const [next, ambiguous] = right.get(print) ?? [];
      if (old === undefined || next === undefined || another !== undefined || ambiguous !== undefined) continue;
      found.set(old, next).set(next, old);
    }
  }
  return found;
}

/** All of an object but what it is called. */
function withoutIdentity({ metadata: { name: _, namespace: __, ...metadata }, ...object }: PlainObject): string {
  return JSON.stringify({ ...object, metadata });
}

/** An object's content, with its own name and namespace taken out wherever they occur. */
function withoutNames(object: PlainObject): string {
  const { name, namespace = "" } = object.metadata;
  const json = JSON.stringify(object).replaceAll(name, "\u0000");
  return namespace === "" ? json : json.replaceAll(namespace, "\u0001");
}

/** Indexes are made when they are first asked for: most changes need none. */
function sideOf(placed: readonly Placed[]): Side {
  const objects = placed.map(({ object }) => object);
  const byKind = lazy(() => Map.groupBy(objects, ({ kind }) => kind));
  const byName = lazy(
    () => new Map(objects.map((object) => [key(object.kind, object.metadata.namespace, object.metadata.name), object])),
  );
  const index = lazy(() => indexPods(objects as unknown as readonly KubernetesObject[]));
  return {
    find: (kind, namespace, name) => byName().get(key(kind, namespace, name)),
    ofKind: (kind) => byKind().get(kind) ?? [],
    pods: (namespace, selector) => index().matching(matchLabels(selector), namespace),
  };
}

function key(kind: string, namespace: string | undefined, name: string): string {
  return `${kind}/${namespace ?? ""}/${name}`;
}

/** The labels that a selector asks for. Expressions are left out, so that it matches rather too much than too little. */
function matchLabels(selector: unknown): Readonly<Record<string, string>> {
  const labels = isRecord(selector) ? selector["matchLabels"] : undefined;
  return isRecord(labels) ? (labels as Readonly<Record<string, string>>) : {};
}

function lazy<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
