import { describe, expect, it } from "vitest";
import type { Component } from "../../kubernetes/manifest.ts";
import { viewOf } from "../../policies/hardening/hardening.ts";
import { hardeningRules } from "../../policies/hardening/rules.ts";
import type { Objects } from "../support/fixtures/fixture.ts";
import { ruleFixtures } from "../support/fixtures/fixtures.ts";

/** What one rule says to some objects. */
function problems(rule: string, objects: Objects): string[] {
  const manifests = objects.map((each) => ("object" in each ? each : { object: each }));
  const component: Component = { type: "suoke:test:Fixture", name: "fixture", manifests, dependsOn: [] };
  const view = viewOf([component], { digests: true, redundant: true });
  return (hardeningRules.get(rule)?.check(view) ?? []).map(({ problem }) => problem);
}

describe("the fixtures", () => {
  it("are of every hardening rule, and each has some that keep it and some that break it", () => {
    const whole = Object.entries(ruleFixtures).filter(([, { passes, fails }]) => passes.length > 0 && fails.length > 0);
    expect(whole.map(([rule]) => rule).sort()).toEqual([...hardeningRules.keys()].sort());
  });
});

describe.each(Object.entries(ruleFixtures))("the rule %s", (rule, { passes, fails }) => {
  it("lets pass what keeps it", () => {
    expect(passes.map((objects) => problems(rule, objects))).toEqual(passes.map(() => []));
  });

  it("finds each thing that breaks it, once", () => {
    for (const [problem, objects] of fails) {
      const [first, ...others] = problems(rule, objects);
      expect([first, others]).toEqual([expect.stringContaining(problem), []]);
    }
  });
});
