import { describe, expect, it } from "vitest";
import { environmentReport } from "../../review/build.ts";
import type { Placed, PlainObject } from "../../review/change.ts";
import type { ReportedFinding } from "../../review/report.ts";
import { riskOf, risks } from "../../review/risk.ts";
import { fallbacks, rules } from "../../review/rules.ts";
import { corpus } from "../corpus/corpus.ts";

function findingsOf(before: readonly PlainObject[], after: readonly PlainObject[]): ReportedFinding[] {
  return environmentReport("corpus", placed(before), placed(after)).changes.flatMap(({ findings }) => findings);
}

const placed = (objects: readonly PlainObject[]): Placed[] => objects.map((object) => ({ component: "web", object }));

describe("each change of the corpus has its class, by the rule that Kubernetes' documentation gives reason for", () => {
  it.each(corpus)("$name: $rule", ({ rule, before, after }) => {
    const { risk, changes } = environmentReport("corpus", placed(before), placed(after));
    const findings = changes.flatMap((change) => change.findings);
    expect(findings.map((finding) => finding.rule)).toContain(rule);
    expect(risk).toBe(riskOf(rule));
    expect(findings.every(({ reason, source }) => reason.length > 10 && source.startsWith("https://"))).toBe(true);
  });

  it("has five pairs or more of every class, and sixty in all", () => {
    const counts = Map.groupBy(corpus, ({ rule }) => riskOf(rule));
    expect(corpus.length).toBeGreaterThanOrEqual(60);
    for (const risk of risks) expect([risk, (counts.get(risk) ?? []).length >= 5]).toEqual([risk, true]);
  });
});

describe("the rules", () => {
  const all = [...rules, ...fallbacks];

  it("have ids of their own, of which each names its class", () => {
    const ids = all.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(risks).toContain(riskOf(id));
  });

  it("each speak about a pair of the corpus", () => {
    const spoken = new Set(corpus.flatMap(({ before, after }) => findingsOf(before, after).map(({ rule }) => rule)));
    expect(all.map(({ id }) => id).filter((id) => !spoken.has(id))).toEqual([]);
  });
});
