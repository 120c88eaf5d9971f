import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { base64Of, uuidOf } from "../kubernetes/hexadecimal.ts";
import type { Component } from "../kubernetes/manifest.ts";
import { secretsOf } from "../kubernetes/secret-manifest.ts";
import type { SecretLeaf, Sink } from "../kubernetes/sinks.ts";
import { leavesOf } from "../kubernetes/sinks.ts";
import type { Finding } from "../policies/finding.ts";
import { UsageError } from "../policies/finding.ts";

/** The `secrets` of a stack's configuration, decrypted. */
export type SecretSettings = Readonly<Record<string, unknown>>;

/** Gives secrets their values under Pulumi: generated ones live in the state, settings come from the stack's file. */
export function pulumiSecrets(
  settings: SecretSettings,
  provider: pulumi.ProviderResource,
): Sink<pulumi.Output<string>> {
  const made = new Map<string, pulumi.Output<string>>();
  return {
    leaf: (leaf) => {
      if (leaf.secret === "setting") return pulumi.secret(valueAt(settings, leaf.path) ?? "");
      const known = made.get(leaf.id);
      if (known !== undefined) return known;
      const value = pulumi.secret(recovered(settings, leaf) ?? generate(leaf, { provider }));
      made.set(leaf.id, value);
      return value;
    },
    combine: (parts, build) => pulumi.all([...parts]).apply(build),
  };
}

/**
 * A value that was read back from the cluster after the state had been lost: `./suoke recover` puts it into the settings with
 * the rotation that it is of. The next rotation makes a new one.
 * @throws {UsageError} when something else was put there, without saying what
 */
function recovered(settings: SecretSettings, { id, rotation }: { id: string; rotation: number }): string | undefined {
  const text = (settings["recovered"] as SecretSettings | undefined)?.[id];
  if (typeof text !== "string") return undefined;
  const kept = readBackOf(text);
  if (kept === undefined) {
    // Without what stands there, which what JSON.parse says would begin with.
    throw new UsageError(
      `secrets.recovered["${id}"] is not what was read back. Set it as ./suoke recover --set-secrets does, or remove it: ` +
        `pulumi config rm --path 'secrets.recovered["${id}"]'`,
    );
  }
  return kept.rotation === rotation ? kept.value : undefined;
}

/** What `./suoke recover` wrote; nothing for any other text. */
function readBackOf(text: string): { readonly rotation: number; readonly value: string } | undefined {
  try {
    const { rotation, value } = JSON.parse(text) as Partial<Record<string, unknown>>;
    return typeof rotation === "number" && typeof value === "string" ? { rotation, value } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * A raised rotation replaces the resource, and so makes a new value. All are RandomPasswords: the id of a RandomUuid or RandomBytes
 * is its value, and the state keeps ids in plain text.
 */
function generate(
  leaf: Exclude<SecretLeaf, { secret: "setting" }>,
  options: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const keepers = { rotation: String(leaf.rotation) };
  switch (leaf.secret) {
    case "generated": {
      const letters = leaf.alphabet === "letters-and-digits";
      const characters = { length: leaf.length, special: false, lower: letters, upper: letters };
      return new random.RandomPassword(leaf.id, { ...characters, keepers }, options).result;
    }
    case "generatedBytes":
      return hexadecimal(leaf.id, 2 * leaf.length, keepers, options).apply(base64Of);
    case "generatedUuid":
      return hexadecimal(leaf.id, 32, keepers, options).apply(uuidOf);
  }
}

function hexadecimal(
  id: string,
  length: number,
  keepers: Readonly<Record<string, string>>,
  options: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  // The letters stand for the special characters, beside the ten digits.
  const characters = { length, lower: false, upper: false, special: true, overrideSpecial: "abcdef" };
  return new random.RandomPassword(id, { ...characters, keepers }, options).result;
}

/** Secrets that the platform uses and nobody has set, each with the command that sets it. */
export function missingSecrets(components: readonly Component[], settings: SecretSettings, stack: string): Finding[] {
  const paths = secretsOf(components)
    .flatMap(leavesOf)
    .flatMap((leaf) => (leaf.secret === "setting" ? [leaf.path] : []));
  return [...new Set(paths)]
    .sort()
    .filter((path) => valueAt(settings, path) === undefined)
    .map((path) => ({
      rule: "settings/missing-secret",
      place: `Pulumi.${stack}.yaml: secrets.${path}`,
      problem: "is not set.",
      fix: `Run: pulumi config set -s ${stack} --secret --path secrets.${path}`,
    }));
}

function valueAt(settings: SecretSettings, path: string): string | undefined {
  const value = path
    .split(".")
    .reduce<unknown>(
      (at, key) => (typeof at === "object" && at !== null ? (at as SecretSettings)[key] : undefined),
      settings,
    );
  return typeof value === "string" && value !== "" ? value : undefined;
}
