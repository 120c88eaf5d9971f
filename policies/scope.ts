import type { Component } from "../kubernetes/manifest.ts";
import { describeObject } from "../kubernetes/manifest.ts";
import type { RenderFinding } from "./ids.ts";

/** An environment's stack holds objects of its own namespace only, so that destroying it can never touch another. */
export function scopeFindings(components: readonly Component[], namespace: string): RenderFinding[] {
  return components.flatMap(({ name, manifests }) =>
    manifests
      .filter(({ object }) => object.metadata.namespace !== namespace)
      .map(({ object }) => ({
        rule: "scope/namespace",
        place: `component ${name}: ${describeObject(object)}`,
        problem: `is in ${object.metadata.namespace ?? "no namespace"}, not in ${namespace}.`,
        fix: "Move what is shared or cluster-scoped to cluster/.",
      })),
  );
}

/** Two objects of one kind and name in a component or namespace: one would overwrite the other, or Pulumi would refuse both. */
export function uniquenessFindings(components: readonly Component[]): RenderFinding[] {
  const owners = new Map<string, string>();
  return components.flatMap(({ name, manifests }) =>
    manifests.flatMap(({ object }) => {
      // Pulumi's name of an object has no namespace in it.
      const described = describeObject(object);
      const ids = [`${object.metadata.namespace ?? ""}/${described}`, `${name} ${described}`];
      const owner = ids.map((id) => owners.get(id)).find((known) => known !== undefined);
      for (const id of ids) owners.set(id, owner ?? name);
      return owner === undefined
        ? []
        : [
            {
              rule: "scope/duplicate",
              place: `component ${name}: ${described}`,
              problem: `component ${owner} has an object of the same kind and name.`,
              fix: "Name one of them differently.",
            },
          ];
    }),
  );
}
