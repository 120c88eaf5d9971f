import { randomBytes, randomInt, randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Component } from "../kubernetes/manifest.ts";
import { secretsOf } from "../kubernetes/secret-manifest.ts";
import type { SecretExpression } from "../kubernetes/secrets.ts";
import type { SecretLeaf, Sink } from "../kubernetes/sinks.ts";
import { evaluate, leavesOf } from "../kubernetes/sinks.ts";

/**
 * The secrets of some components, for the embedded cluster. Generated ones are made once and kept in a file that only its
 * owner can read; it is written before the first value is used, so that the cluster never has what the file has not.
 * Settings get a placeholder: their real values are encrypted for Pulumi, and nothing on the embedded cluster needs them.
 */
export function localSecrets(path: string, components: readonly Component[]): (expression: SecretExpression) => string {
  const values = existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Record<string, string>) : {};
  for (const leaf of secretsOf(components).flatMap(leavesOf)) {
    if (leaf.secret !== "setting") values[keyOf(leaf)] ??= generate(leaf);
  }
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(`${path}.new`, `${JSON.stringify(values, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
  const sink: Sink<string> = {
    leaf: (leaf) => (leaf.secret === "setting" ? placeholder(leaf.path) : (values[keyOf(leaf)] ?? "")),
    combine: (parts, build) => build(parts),
  };
  return (expression) => evaluate(expression, sink);
}

/** What stands for a setting on the embedded cluster. */
export function placeholder(path: string): string {
  return `placeholder-${path}`;
}

type Made = Exclude<SecretLeaf, { secret: "setting" }>;

function keyOf(leaf: Made): string {
  return `${leaf.id}#${leaf.rotation}`;
}

function generate(leaf: Made): string {
  switch (leaf.secret) {
    case "generated": {
      const digits = "0123456789";
      const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
      const alphabet = leaf.alphabet === "digits" ? digits : letters + digits;
      return Array.from({ length: leaf.length }, () => alphabet[randomInt(alphabet.length)]).join("");
    }
    case "generatedBytes":
      return randomBytes(leaf.length).toString("base64");
    case "generatedUuid":
      return randomUUID();
  }
}
