import type { SecretExpression } from "../../kubernetes/secrets.ts";
import type { SecretLeaf, Sink } from "../../kubernetes/sinks.ts";
import { evaluate } from "../../kubernetes/sinks.ts";

/** Planted where secrets go; found anywhere else, it is a leak. */
export const canary = "CANARY";

/** The value that tests give a secret. */
export function canaryOf(leaf: SecretLeaf): string {
  return `${canary}-${leaf.secret === "setting" ? leaf.path : leaf.id}`;
}

/** A secret's value in tests. */
export function canaryValue(expression: SecretExpression): string {
  const sink: Sink<string> = { leaf: canaryOf, combine: (parts, build) => build(parts) };
  return evaluate(expression, sink);
}
