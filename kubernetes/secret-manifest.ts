import type { Component, Manifest } from "./manifest.ts";
import type { SecretExpression } from "./secrets.ts";
import { objectsOf } from "./manifest.ts";
import { isSecret } from "./secrets.ts";
import { leavesOf } from "./sinks.ts";

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
