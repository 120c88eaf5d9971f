import type { DataFinding } from "../ids.ts";
import type { AnyService } from "./place.ts";
import { at } from "./place.ts";

/** Databases that two services claim: each is one service's own. */
export function duplicateDatabases(services: readonly AnyService[]): DataFinding[] {
  const owners = new Map<string, string>();
  return services.flatMap(({ name, needs }) => {
    if (needs.database === undefined) return [];
    const owner = owners.get(needs.database.name);
    owners.set(needs.database.name, owner ?? name);
    return owner === undefined
      ? []
      : [
          at(
            name,
            "duplicate-database",
            `its database "${needs.database.name}" belongs to ${owner}.`,
            "Give it its own, and call the other service for its data.",
          ),
        ];
  });
}

/** Keys of the cache belong to one service each: another could read what it must not, or overwrite it. */
export function cacheKeyFindings(services: readonly AnyService[]): DataFinding[] {
  const owners = new Map<string, string>();
  return services.flatMap(({ name, needs }) => {
    if (needs.cache === undefined) return [];
    const { keyPrefixes } = needs.cache;
    const findings =
      keyPrefixes.length > 0
        ? []
        : [at(name, "cache-keys", "uses the cache and has no key of its own in it.", "Name what its keys start with.")];
    return keyPrefixes.reduce((all, prefix) => {
      const owner = owners.get(prefix);
      owners.set(prefix, owner ?? name);
      // What else Redis' patterns know would open other services' keys, or none.
      const plain = /^[a-z][a-z0-9_-]*$/.test(prefix);
      return [
        ...all,
        ...(plain
          ? []
          : [
              at(
                name,
                "cache-keys",
                `"${prefix}" is no plain key prefix.`,
                "Use lower-case letters, digits, dashes and underscores; the colon after it is added.",
              ),
            ]),
        ...(owner === undefined
          ? []
          : [at(name, "cache-keys", `its key prefix "${prefix}" belongs to ${owner}.`, "Give it its own.")]),
      ];
    }, findings);
  });
}
