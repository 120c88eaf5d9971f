import { describe, expect, it } from "vitest";
import type { Component } from "../../kubernetes/manifest.ts";
import { harden, viewOf } from "../../policies/hardening/hardening.ts";
import { hardeningRules } from "../../policies/hardening/rules.ts";
import { renderRules } from "../../policies/ids.ts";
import { renderedFindings } from "../../policies/rendered.ts";
import type { Fixture, Objects } from "../support/fixtures/fixture.ts";
import { container } from "../support/fixtures/fixture.ts";
import { ruleFixtures } from "../support/fixtures/fixtures.ts";
import { renderFixtures } from "../support/fixtures/render.ts";

const promises = { digests: true, redundant: true };
/** A cluster with nothing in it, and a quota for two pods. */
const offers = {
  namespace: "n",
  quota: { "requests.cpu": "9", "requests.memory": "9Gi", "limits.cpu": "9", "limits.memory": "9Gi", pods: "2" },
  nodes: 1,
  priorityClasses: [],
  storageClasses: [],
};

function componentOf(objects: Objects): Component {
  const manifests = objects.map((each) => ("object" in each ? each : { object: each }));
  return { type: "suoke:test:Fixture", name: "fixture", manifests, dependsOn: [] };
}

/** What one rule says to some objects. */
function problems(rule: string, objects: Objects): string[] {
  const component = componentOf(objects);
  const hardening = hardeningRules.get(rule);
  return hardening === undefined
    ? renderedFindings([component], offers)
        .filter((finding) => finding.rule === rule)
        .map(({ problem }) => problem)
    : hardening.check(viewOf([component], promises)).map(({ problem }) => problem);
}

const whole = (fixtures: Readonly<Record<string, Fixture>>): string[] =>
  Object.entries(fixtures)
    .filter(([, { passes, fails }]) => passes.length > 0 && fails.length > 0)
    .map(([rule]) => rule)
    .sort();

describe("the fixtures", () => {
  it("are of every hardening rule, and each has some that keep it and some that break it", () => {
    expect(whole(ruleFixtures)).toEqual([...hardeningRules.keys()].sort());
  });

  it("are of every other rule over a render as well", () => {
    expect(whole(renderFixtures)).toEqual([...renderRules].sort());
  });
});

describe.each(Object.entries({ ...ruleFixtures, ...renderFixtures }))("the rule %s", (rule, { passes, fails }) => {
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

describe("no rule", () => {
  it("repeats a value that stands in an object's environment", () => {
    const value = "canary-5b1e";
    const objects = [container({ env: [{ name: "DB_PASSWORD", value }], args: [value], command: [value] })];
    const { findings } = harden([componentOf(objects)], promises);
    expect(findings.map(({ rule }) => rule)).toContain("containers/plain-secret");
    expect(JSON.stringify([findings, renderedFindings([componentOf(objects)], offers)])).not.toContain(value);
  });
});
