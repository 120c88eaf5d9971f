import type { JsonWithSecrets, SecretExpression } from "./secrets.ts";
import { isSecret } from "./secrets.ts";
import type { SecretLeaf } from "./sinks.ts";

/** A secret that an expression is built on, and its value. */
export interface ReadBack {
  readonly leaf: SecretLeaf;
  readonly value: string;
}

/**
 * The values of the secrets in an expression, from the text that it was evaluated to: the way back when only the cluster
 * still has them. Nothing for a part whose limits cannot be told.
 */
export function readBack(expression: SecretExpression, text: string): ReadBack[] {
  switch (expression.secret) {
    case "urlEncode":
      return readBack(expression.value, decoded(text));
    case "text": {
      const { literals, parts } = expression;
      // Two secrets with nothing between them cannot be told apart.
      if (literals.slice(1, -1).includes("")) return [];
      const pattern = literals.map((literal) => RegExp.escape(literal)).join("([^]*?)");
      const values = new RegExp(`^${pattern}$`).exec(text)?.slice(1) ?? [];
      return values.flatMap((value, index) => {
        const part = parts[index];
        return part === undefined ? [] : readBack(part, value);
      });
    }
    case "json":
      return walk(expression.value, parsed(text));
    default:
      return [{ leaf: expression, value: text }];
  }
}

function walk(value: JsonWithSecrets, found: unknown): ReadBack[] {
  if (isSecret(value)) return typeof found === "string" ? readBack(value, found) : [];
  if (typeof value !== "object" || value === null || typeof found !== "object" || found === null) return [];
  return Object.entries(value).flatMap(([key, item]) => walk(item, (found as Readonly<Record<string, unknown>>)[key]));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
