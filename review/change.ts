/** A Kubernetes object as plain JSON: what renders, goldens and servers hold, of kinds that we write and of any other. */
export interface PlainObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: PlainMetadata;
  readonly [field: string]: unknown;
}

interface PlainMetadata {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

/** An object and the component that it belongs to: the name of its golden file. */
export interface Placed {
  readonly component: string;
  readonly object: PlainObject;
}

/** One step from a value into it: the key of an object, or an item of a list. */
export type Segment = string | Item;

/** An item of a list. */
export interface Item {
  /** What people call it: `auth-service`, `8000/TCP`. */
  readonly item: string;
  /** What tells it from its neighbours: the values of its keys, or all of it, as JSON. */
  readonly id: string;
}

/** A place in an object. */
export type Path = readonly Segment[];

/** What happened to one place in an object. Absent and `null` are the same. */
export type Change =
  | { readonly op: "add"; readonly path: Path; readonly after: unknown; readonly at?: number }
  | { readonly op: "remove"; readonly path: Path; readonly before: unknown }
  | { readonly op: "replace"; readonly path: Path; readonly before: unknown; readonly after: unknown }
  /** Items of a list whose order counts stand in another order. Both sides list the ids of all items. */
  | {
      readonly op: "order";
      readonly path: Path;
      readonly before: readonly string[];
      readonly after: readonly string[];
    };

/** What happened to one object. */
export interface ObjectChange {
  readonly component: string;
  /** Absent when it is created. */
  readonly before?: PlainObject;
  /** Absent when it is deleted. */
  readonly after?: PlainObject;
  /** Within the object, when it stays. */
  readonly changes: readonly Change[];
}

export type Operation = "create" | "update" | "delete";

/** What happens to an object, by which of its two states there are. */
export function operationOf({ before, after }: Pick<ObjectChange, "before" | "after">): Operation {
  return before === undefined ? "create" : after === undefined ? "delete" : "update";
}

/** The object as it will be, or as it was when it goes. */
export function subjectOf({ before, after }: Pick<ObjectChange, "before" | "after">): PlainObject {
  const object = after ?? before;
  if (object === undefined) throw new Error("A change has an object on one side at least.");
  return object;
}

/** `spec.template.spec.containers[auth-service].image`, `metadata.labels["app.kubernetes.io/name"]`. */
export function pathText(path: Path): string {
  return path
    .map((segment, index) => {
      if (typeof segment !== "string") return `[${segment.item}]`;
      if (!/^[A-Za-z_][A-Za-z0-9_-]*$/.test(segment)) return `[${JSON.stringify(segment)}]`;
      return index === 0 ? segment : `.${segment}`;
    })
    .join("");
}

/** The same without what is particular to an object: items become `[]`. What tables and rules are written in. */
export function shapeOf(path: Path): string {
  let shape = "";
  for (const segment of path) {
    if (typeof segment !== "string") shape += "[]";
    else shape = shape === "" ? segment : `${shape}.${segment}`;
  }
  return shape;
}
