import type { Service } from "../../catalogue/service.ts";
import type { DataFinding, RuleOf } from "../ids.ts";

export type AnyService = Service<string>;

/** A finding about one catalogue entry, placed in its file. */
export function at(service: string, rule: RuleOf<"catalogue">, problem: string, fix: string): DataFinding {
  return { rule: `catalogue/${rule}`, place: `catalogue/services/${service}.ts`, problem, fix };
}

/** What there is to choose from. */
export function known(ports: Service["ports"]): string {
  return `It has: ${Object.keys(ports).join(", ")}.`;
}
