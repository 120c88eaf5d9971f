import { dump } from "js-yaml";
import type { Component, KubernetesObject } from "./manifest.ts";
import type { SecretExpression } from "./secrets.ts";
import { isSecret } from "./secrets.ts";
import { mask } from "./sinks.ts";
import { sortedKeys } from "./sorted-keys.ts";
import { canonicalYaml, layout } from "./yaml.ts";

/**
 * A deep copy with its keys in byte order and each secret replaced, so that the result depends on nothing but the value.
 * @param secret what to put in a secret's place; a readable mask by default
 */
export function canonical(value: unknown, secret: (expression: SecretExpression) => string = mask): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => canonical(item, secret));
  if (isSecret(value)) return secret(value);
  const source = value as Readonly<Record<string, unknown>>;
  const sorted: Record<string, unknown> = {};
  for (const key of sortedKeys(source)) {
    const child = source[key];
    // Most values are strings: asking here saves a call for each.
    if (child !== undefined) sorted[key] = typeof child === "object" ? canonical(child, secret) : child;
  }
  return sorted;
}

/** One object as YAML, its keys in the order that they have. */
export function toYaml(value: unknown): string {
  return dump(value, { ...layout, noRefs: true });
}

/** Some objects as a YAML stream with secrets masked: what goldens hold and reviewers read. */
export function render(objects: readonly KubernetesObject[]): string {
  return objects.map((object) => `---\n${canonicalYaml(object)}`).join("");
}

/** The YAML of each component by name: its objects, and the arguments of its Helm releases and published files. */
export function renderComponents(components: readonly Component[]): Map<string, string> {
  return new Map(
    components.map(({ name, manifests, releases = [], files = [] }) => {
      const published = files.map((file) => `---\n${canonicalYaml({ kind: "PublishedFile", ...file })}`);
      const charts = releases.map((release) => `---\n${canonicalYaml({ kind: "HelmRelease", ...release })}`);
      return [name, render(manifests.map(({ object }) => object)) + [...published, ...charts].join("")];
    }),
  );
}
