import type { Covers, Promises } from "./rule.ts";
import { hardeningRules } from "./rules.ts";

/**
 * Checks of a scanner that do not hold where an environment does not promise what they ask for: those of our rules that are for
 * environments that do. A scanner is told to leave them out; every other exemption stands on its object.
 */
export function unpromised(scanner: Exclude<keyof Covers, "standard">, promises: Promises): string[] {
  const rules = [...hardeningRules.values()];
  const holds = ({ onlyWhere }: { readonly onlyWhere?: keyof Promises }): boolean =>
    onlyWhere === undefined || promises[onlyWhere];
  const kept = new Set(rules.filter(holds).flatMap(({ covers }): readonly string[] => covers[scanner] ?? []));
  const left = rules.filter((rule) => !holds(rule)).flatMap(({ covers }): readonly string[] => covers[scanner] ?? []);
  return [...new Set(left)].filter((id) => !kept.has(id)).sort();
}
