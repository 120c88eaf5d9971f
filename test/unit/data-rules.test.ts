import { describe, expect, it } from "vitest";
import { migrations } from "../../catalogue/migrations.ts";
import { partitioned } from "../../catalogue/partitions.ts";
import { services } from "../../catalogue/services.ts";
import { catalogueFindings } from "../../policies/catalogue.ts";
import { environmentFindings } from "../../policies/environment.ts";
import { dataRules } from "../../policies/ids.ts";
import { migrationFindings } from "../../policies/migrations.ts";
import { committed } from "../support/environments.ts";
import { dataFixtures } from "../support/fixtures/data/fixtures.ts";
import type { Given } from "../support/fixtures/data/given.ts";

/** What one rule says. */
function told(rule: string, given: Given): string[] {
  return given()
    .filter((finding) => finding.rule === rule)
    .map(({ place, problem, fix }) => `${place}: ${problem} ${fix}`);
}

const documented = Object.entries(dataFixtures);
const rows = documented.flatMap(([rule, { fails }]) =>
  fails.map(([what, given, beginning]) => ({ rule, what, given, beginning })),
);

describe("every rule over data", () => {
  it("has changes that keep it and changes that break it", () => {
    const whole = documented.filter(([, { passes, fails }]) => passes.length > 0 && fails.length > 0);
    expect(whole.map(([rule]) => rule).sort()).toEqual([...dataRules].sort());
  });

  it("is kept by what is committed", () => {
    expect(catalogueFindings(services)).toEqual([]);
    expect(migrationFindings(services, migrations, partitioned)).toEqual([]);
    expect(committed.flatMap(({ environment }) => environmentFindings(environment))).toEqual([]);
  });
});

describe("a rule over data", () => {
  it.each(documented)("lets pass what keeps %s", (rule, { passes }) => {
    expect(passes.flatMap((given) => told(rule, given))).toEqual([]);
  });

  it.each(rows)("tells by $rule of $what", ({ rule, given, beginning }) => {
    const found = told(rule, given);
    // A mistake may concern several services, and each is told of, once.
    expect(
      found.filter((text) => text.startsWith(beginning)),
      found.join("\n"),
    ).toHaveLength(1);
    expect(new Set(found).size).toBe(found.length);
  });
});
