import type { Node, ScalarNode } from "js-yaml";
import { COLLECTION_STYLE, DUMP_SCHEMA, SCALAR_STYLE, jsToAst, mapTag, present, seqTag, strTag } from "js-yaml";
import { isSecret } from "./secrets.ts";
import { mask } from "./sinks.ts";
import { sortedKeys } from "./sorted-keys.ts";

/** Long lines stay whole and nothing is shortened to a reference: both read better in a review. */
export const layout = { lineWidth: -1, seqNoIndent: true } as const;

/**
 * A value as YAML with its keys in byte order and its secrets masked: what `toYaml(canonical(value))` is. It goes straight into
 * the library's tree, without a sorted copy in between and without asking each value of what kind it is.
 */
export function canonicalYaml(value: unknown): string {
  return present([{ contents: nodeOf(value), directives: [] }], { ...layout, schema: DUMP_SCHEMA });
}

function nodeOf(value: unknown): Node {
  if (typeof value === "string") return text(value);
  if (typeof value !== "object" || value === null) return plain(value);
  if (Array.isArray(value)) return { ...sequence, items: value.map(nodeOf) };
  if (isSecret(value)) return text(mask(value));
  const source = value as Readonly<Record<string, unknown>>;
  const items: { key: Node; value: Node }[] = [];
  for (const key of sortedKeys(source)) {
    const child = source[key];
    if (child !== undefined) items.push({ key: keyOf(key), value: nodeOf(child) });
  }
  return { ...mapping, items };
}

const sequence = { kind: "sequence", tag: seqTag.tagName, tagged: false, style: COLLECTION_STYLE.BLOCK } as const;
const mapping = { kind: "mapping", tag: mapTag.tagName, tagged: false, style: COLLECTION_STYLE.BLOCK } as const;

function text(value: string): ScalarNode {
  return { kind: "scalar", tag: strTag.tagName, tagged: false, style: SCALAR_STYLE.PLAIN, value };
}

/** Keys are the same few, over and over; so are numbers. Nobody changes a node, so that one may stand in many places. */
const keyOf = remembered<string>(text);

const knownPlain = remembered(newPlain);

/** Numbers, booleans and null, as the library writes them. A Map takes -0 for 0. */
function plain(value: unknown): Node {
  return Object.is(value, -0) ? newPlain(value) : knownPlain(value);
}

/** @throws {YAMLException} for what no YAML can hold, such as a function */
function newPlain(value: unknown): Node {
  const [document] = jsToAst(value ?? null, DUMP_SCHEMA);
  // Its type allows for no content, which is what undefined alone would be.
  return document?.contents ?? text("null");
}

function remembered<Value>(make: (value: Value) => Node): (value: Value) => Node {
  const made = new Map<Value, Node>();
  return (value) => {
    const node = made.get(value) ?? make(value);
    made.set(value, node);
    return node;
  };
}
