import type { Component } from "../../kubernetes/manifest.ts";
import type { Finding } from "../finding.ts";

/**
 * Exemptions that are to be looked at again. Only checks and pipelines ask: a day in the calendar must never stop an
 * apply at night.
 * @param today `2026-11-24`
 */
export function expiredExemptions(components: readonly Component[], today: string): Finding[] {
  return components.flatMap(({ name, exemptions = [] }) =>
    exemptions
      .filter(({ until }) => until < today)
      .map(({ rule, until, reason }) => ({
        rule: "exemptions/expired",
        place: `component ${name}`,
        problem: `was exempt from ${rule} until ${until}: ${reason}`,
        fix: "Keep the rule, or look whether the reason still holds and give it a new date.",
      })),
  );
}
