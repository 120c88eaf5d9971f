import { resourceType } from "../kubernetes/resource-type.ts";
import type { Component } from "../kubernetes/manifest.ts";
import type { SecretExpression } from "../kubernetes/secrets.ts";
import { isSecret } from "../kubernetes/secrets.ts";
import { secretsOf } from "../kubernetes/secret-manifest.ts";
import type { SecretLeaf } from "../kubernetes/sinks.ts";
import { evaluate, leavesOf } from "../kubernetes/sinks.ts";
import { readBack } from "../kubernetes/read-back.ts";

/** A resource in a file for `pulumi import --file`. */
interface Import {
  readonly type: string;
  readonly name: string;
  readonly component?: true;
  readonly id?: string;
  readonly parent?: string;
  readonly provider?: string;
}

/** https://www.pulumi.com/docs/iac/guides/migration/import/#bulk-import-operations */
export interface ImportFile {
  readonly nameTable: Readonly<Record<string, string>>;
  readonly resources: readonly Import[];
}

/**
 * Every object of some components as a resource to import, under the names that the program gives them.
 * @param exists whether the cluster has an object; the others are created by the next `up`
 */
export function importFile(
  components: readonly Component[],
  { project, stack }: { readonly project: string; readonly stack: string },
  exists: (kind: string, name: string) => boolean,
): ImportFile {
  const resources = components.flatMap(({ type, name, manifests }): Import[] => {
    const children = manifests
      .filter(({ object }) => exists(object.kind, object.metadata.name))
      .map(({ object: { apiVersion, kind, metadata } }) => ({
        type: resourceType(apiVersion, kind),
        name: `${name}-${kind}-${metadata.name}`,
        id: metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`,
        parent: name,
        provider: "kubernetes",
      }));
    return children.length === 0 ? [] : [{ type, name, component: true }, ...children];
  });
  const provider = `urn:pulumi:${stack}::${project}::pulumi:providers:kubernetes::kubernetes`;
  return { nameTable: { kubernetes: provider }, resources };
}

/** A secret value as the stack's settings take it. */
export interface Recovered {
  /** Path below `secrets`, as `pulumi config set --path` takes it. */
  readonly path: string;
  readonly value: string;
}

export interface Recovery {
  readonly recovered: readonly Recovered[];
  /** Secrets that no object of the cluster shows. */
  readonly missing: readonly string[];
  /** Secrets and keys that would get another text than the cluster has, by what was read back. */
  readonly changed: readonly string[];
}

/**
 * The secrets of some components, read back from the Secrets that the cluster has. A generated one comes with the rotation
 * that it is of: the next rotation makes a new one, as ever.
 * @param live value of a key of a Secret
 */
export function recoverSecrets(
  components: readonly Component[],
  live: (secret: string, key: string) => string | undefined,
): Recovery {
  const texts = components
    .flatMap(({ manifests }) => manifests)
    .flatMap(({ object }) => {
      if (object.kind !== "Secret") return [];
      const { name } = object.metadata;
      return Object.entries(object.stringData).flatMap(([key, expression]) => {
        const text = live(name, key);
        return text === undefined ? [] : [{ name, key, expression, text }];
      });
    });
  const found = new Map<string, Recovered>();
  const values = new Map<string, string>();
  for (const { expression, text } of texts) {
    if (!isSecret(expression)) continue;
    for (const { leaf, value } of readBack(expression, text)) {
      if (values.has(idOf(leaf))) continue;
      values.set(idOf(leaf), value);
      found.set(idOf(leaf), { path: pathOf(leaf), value: settingOf(leaf, value) });
    }
  }
  const again = (expression: string | SecretExpression): string =>
    isSecret(expression)
      ? evaluate<string>(expression, {
          leaf: (leaf) => values.get(idOf(leaf)) ?? "",
          combine: (parts, build) => build(parts),
        })
      : expression;
  const wanted = [...new Set(secretsOf(components).flatMap(leavesOf).map(idOf))].sort();
  return {
    recovered: wanted.flatMap((id) => found.get(id) ?? []),
    missing: wanted.filter((id) => !found.has(id)),
    changed: texts.flatMap(({ name, key, expression, text }) =>
      again(expression) === text ? [] : [`${key} of Secret ${name}`],
    ),
  };
}

function idOf(leaf: SecretLeaf): string {
  return leaf.secret === "setting" ? `setting ${leaf.path}` : `generated ${leaf.id}`;
}

function pathOf(leaf: SecretLeaf): string {
  return leaf.secret === "setting" ? `secrets.${leaf.path}` : `secrets.recovered["${leaf.id}"]`;
}

function settingOf(leaf: SecretLeaf, value: string): string {
  return leaf.secret === "setting" ? value : JSON.stringify({ rotation: leaf.rotation, value });
}
