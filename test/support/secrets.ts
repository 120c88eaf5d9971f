import { createHash } from "node:crypto";
import { base64Of, uuidOf } from "../../kubernetes/hexadecimal.ts";
import type { SecretExpression } from "../../kubernetes/secrets.ts";
import type { SecretLeaf, Sink } from "../../kubernetes/sinks.ts";
import { evaluate } from "../../kubernetes/sinks.ts";

/** Planted where secrets go; found anywhere else, it is a leak. */
export const canary = "CANARY";

/** Places in a text where the canary stands, plain, in hexadecimal, or in base64, which writes it in three ways, by where it begins. */
export function leaks(text: string): string[] {
  const encoded = ["", "x", "xx"].map((before) => {
    const all = Buffer.from(`${before}${canary}`).toString("base64");
    // The first and last characters carry bits of what stands beside it.
    return all.slice(before === "" ? 0 : before.length + 1, Math.floor(((before.length + canary.length) * 4) / 3) - 1);
  });
  const digits = Buffer.from(canary).toString("hex");
  return [canary, ...encoded, digits, `${digits.slice(0, 8)}-${digits.slice(8)}`].flatMap((needle) => {
    const at = text.indexOf(needle);
    return at < 0 ? [] : [text.slice(Math.max(0, at - 60), at + 40)];
  });
}

/** The value that tests give a secret. */
export function canaryOf(leaf: SecretLeaf): string {
  switch (leaf.secret) {
    case "setting":
      return `${canary}-${leaf.path}`;
    case "generated":
      return `${canary}-${leaf.id}`;
    case "generatedBytes":
      return base64Of(canaryDigits(leaf.id, 2 * leaf.length));
    case "generatedUuid":
      return uuidOf(canaryDigits(leaf.id, 32));
  }
}

/** Hexadecimal digits that begin with the canary, and are others for another id. */
export function canaryDigits(id: string, length: number): string {
  return `${Buffer.from(canary).toString("hex")}${createHash("sha256").update(id).digest("hex")}`.slice(0, length);
}

/** A secret's value in tests. */
export function canaryValue(expression: SecretExpression): string {
  const sink: Sink<string> = { leaf: canaryOf, combine: (parts, build) => build(parts) };
  return evaluate(expression, sink);
}
