import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Component } from "../kubernetes/manifest.ts";
import { describeObject } from "../kubernetes/manifest.ts";
import { root } from "../local/paths.ts";
import type { LocateFinding } from "../review/check/checked.ts";
import { locator } from "./locator.ts";

/**
 * Finds what findings are about: the file that they name, or the object's golden file.
 * @param stacks the components of each stack
 */
export function findingLocator(stacks: ReadonlyMap<string, readonly Component[]>): LocateFinding {
  const locate = locator();
  const owners = new Map(
    [...stacks].map(([stack, components]) => [
      stack,
      new Map(
        components.flatMap(({ name, manifests }) =>
          manifests.map(({ object }) => [describeObject(object), name] as const),
        ),
      ),
    ]),
  );
  return (stack, { place }) => {
    const [first = "", second = ""] = place.split(": ");
    if (first.includes("/") || first.endsWith(".yaml")) {
      if (existsSync(join(root, first))) return { path: first, line: 1 };
    }
    // `Deployment auth-service: …`, or behind a namespace or a component.
    for (const text of [first, second]) {
      const component = owners.get(stack)?.get(text);
      const [kind = "", name = ""] = text.split(" ");
      if (component !== undefined) return locate(stack, component, kind, name);
    }
    return locate(stack, "", "", "");
  };
}
