import { accessRules } from "./access-rules.ts";
import { availabilityRules } from "./availability-rules.ts";
import { containerRules } from "./container-rules.ts";
import { edgeRules } from "./edge-rules.ts";
import { imageRules } from "./image-rules.ts";
import { networkRules } from "./network-rules.ts";
import { objectRules } from "./object-rules.ts";
import { podRules } from "./pod-rules.ts";
import type { Promises, Rule } from "./rule.ts";

/** Every rule, by id. */
export const hardeningRules: ReadonlyMap<string, Rule> = new Map(
  [
    ...podRules,
    ...containerRules,
    ...imageRules,
    ...availabilityRules,
    ...networkRules,
    ...edgeRules,
    ...accessRules,
    ...objectRules,
  ].map((rule) => [rule.id, rule]),
);

/** The rules that hold where an environment promises so much. */
export function rulesFor(promises: Promises): Rule[] {
  return [...hardeningRules.values()].filter(({ onlyWhere }) => onlyWhere === undefined || promises[onlyWhere]);
}
