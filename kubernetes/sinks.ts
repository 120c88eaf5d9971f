import type {
  Generated,
  GeneratedBytes,
  GeneratedUuid,
  JsonWithSecrets,
  SecretExpression,
  Setting,
} from "./secrets.ts";
import { isSecret } from "./secrets.ts";

/** The secrets that other expressions are built on. */
export type SecretLeaf = Generated | GeneratedBytes | GeneratedUuid | Setting;

/** Gives expressions a meaning: where a leaf's value comes from, and how values are combined. */
export interface Sink<T> {
  readonly leaf: (leaf: SecretLeaf) => T;
  readonly combine: (parts: readonly T[], build: (values: readonly string[]) => string) => T;
}

/** What an expression comes to in a sink. */
export function evaluate<T>(value: SecretExpression, sink: Sink<T>): T {
  switch (value.secret) {
    case "generated":
    case "generatedBytes":
    case "generatedUuid":
    case "setting":
      return sink.leaf(value);
    case "urlEncode":
      return sink.combine([evaluate(value.value, sink)], ([text = ""]) => encodeURIComponent(text));
    case "text":
      return sink.combine(
        value.parts.map((part) => evaluate(part, sink)),
        (values) => value.literals.map((literal, index) => literal + (values[index] ?? "")).join(""),
      );
    case "json": {
      const secrets: SecretExpression[] = [];
      collect(value.value, secrets);
      return sink.combine(
        secrets.map((secret) => evaluate(secret, sink)),
        (values) => {
          let next = 0;
          return JSON.stringify(substitute(value.value, () => values[next++] ?? ""));
        },
      );
    }
  }
}

/** The leaves of an expression, in order of appearance. */
export function leavesOf(value: SecretExpression): SecretLeaf[] {
  const leaves: SecretLeaf[] = [];
  evaluate<undefined>(value, { leaf: (leaf) => void leaves.push(leaf), combine: () => undefined });
  return leaves;
}

/**
 * What a reviewer sees instead of a secret: how it is made, never what it is. It changes when the expression does,
 * and shows the parts that are not secret, such as the host in a connection URL.
 */
export function mask(value: SecretExpression): string {
  switch (value.secret) {
    case "urlEncode":
      return mask(value.value);
    case "text":
      return value.literals
        .map(
          (literal, index) =>
            literal +
            value.parts
              .slice(index, index + 1)
              .map(mask)
              .join(""),
        )
        .join("");
    case "json":
      return JSON.stringify(substitute(value.value, mask));
    default:
      return `<${describeLeaf(value)}>`;
  }
}

function describeLeaf(leaf: SecretLeaf): string {
  const rotation = leaf.rotation === 0 ? "" : ` rotation ${leaf.rotation}`;
  switch (leaf.secret) {
    case "generated":
      return `generated ${leaf.id}: ${leaf.length} ${leaf.alphabet}${rotation}`;
    case "generatedBytes":
      return `generated ${leaf.id}: ${leaf.length} bytes${rotation}`;
    case "generatedUuid":
      return `generated ${leaf.id}: uuid${rotation}`;
    case "setting":
      return `setting ${leaf.path}${rotation}`;
  }
}

function collect(value: JsonWithSecrets, into: SecretExpression[]): void {
  substitute(value, (secret) => {
    into.push(secret);
    return "";
  });
}

function substitute(value: JsonWithSecrets, replace: (secret: SecretExpression) => string): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (isSecret(value)) return replace(value);
  if (Array.isArray(value)) return (value as readonly JsonWithSecrets[]).map((item) => substitute(item, replace));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, substitute(item, replace)]));
}
