import { byKey, shortHash } from "./names.ts";
import type { SecretExpression } from "./secrets.ts";
import { mask } from "./sinks.ts";

/** A text that changes when one of the secrets is rotated or made otherwise, and holds none of them. */
export function rotationText(secrets: Readonly<Record<string, SecretExpression>>): string {
  return Object.entries(secrets)
    .sort(byKey)
    .map(([name, value]) => `${name}=${mask(value)}`)
    .join("\n");
}

/** Pods do not notice a changed Secret. The hash of what they use changes with its rotation and rolls them. */
export function secretsHash(secrets: Readonly<Record<string, SecretExpression>>): Record<string, string> {
  return Object.keys(secrets).length === 0 ? {} : { "suoke.life/secrets-hash": shortHash(rotationText(secrets)) };
}
