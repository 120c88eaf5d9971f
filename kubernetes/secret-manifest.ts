import type { Component, Manifest } from "./manifest.ts";
import type { SecretExpression } from "./secrets.ts";
import { objectsOf } from "./manifest.ts";
import { byKey, shortHash } from "./names.ts";
import { isSecret } from "./secrets.ts";
import { leavesOf, mask } from "./sinks.ts";

export interface SecretArgs {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  /** `Opaque` unless given. */
  readonly type?: string;
  readonly values: Readonly<Record<string, SecretExpression>>;
}

/**
 * A Secret of secret expressions. One that holds a generated value outlives its stack: when Pulumi's state is lost, the
 * cluster still has the password that the database behind it expects.
 */
export function secretManifest({ name, namespace, labels, type = "Opaque", values }: SecretArgs): Manifest {
  const generated = Object.values(values).some((value) => leavesOf(value).some(({ secret }) => secret !== "setting"));
  return {
    object: { apiVersion: "v1", kind: "Secret", metadata: { name, namespace, labels }, type, stringData: values },
    ...(generated ? { lifecycle: { retainOnDelete: true } } : {}),
  };
}

/** Every secret expression that some components hold. */
export function secretsOf(components: readonly Component[]): SecretExpression[] {
  return objectsOf(components)
    .filter((object) => object.kind === "Secret")
    .flatMap((object) => Object.values(object.stringData))
    .filter(isSecret);
}

/**
 * An annotation for pods that read secrets when they start, as pods do not notice a changed Secret: it changes with the
 * secrets' rotation, and so rolls them.
 */
export function secretsHash(used: Readonly<Record<string, SecretExpression>>): Record<string, string> {
  const lines = Object.entries(used)
    .sort(byKey)
    .map(([name, value]) => `${name}=${mask(value)}`);
  return lines.length === 0 ? {} : { "suoke.life/secrets-hash": shortHash(lines.join("\n")) };
}
