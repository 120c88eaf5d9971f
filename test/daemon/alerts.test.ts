import { beforeAll, describe, expect, it } from "vitest";
import { clusterNames, loadCluster } from "../../cli/generated.ts";
import { toYaml } from "../../kubernetes/render.ts";
import { root } from "../../local/paths.ts";
import { silent } from "../../local/progress.ts";
import { buildToolchain } from "../../local/toolchain.ts";
import { alertCases } from "../alerts/cases.ts";
import { built, committed } from "../support/environments.ts";
import { promtool, proveAlert } from "../support/metrics/promtool.ts";
import { renderedFile, rulesOf } from "../support/metrics/rules.ts";

beforeAll(() => buildToolchain(["prometheus"], silent), 40 * 60_000);

describe.each(["dev", "staging", "prod"] as const)("the rules of %s", (environment) => {
  it("are taken by the real promtool, with its lint", async () => {
    const files = { "rules.yml": toYaml(rulesOf(environment)) };
    const { code, output } = await promtool(files, "check", "rules", "--lint=all", "--lint-fatal", "rules.yml");
    expect(output).toContain("SUCCESS");
    expect(code).toBe(0);
  });
});

describe("every prometheus.yml is taken by the real promtool", () => {
  const rendered = [
    ...committed.map(({ name, environment }) => [
      name,
      renderedFile(built(environment), "prometheus", "prometheus.yml"),
    ]),
    ...clusterNames(root).map((name) => [
      `cluster ${name}`,
      renderedFile(loadCluster(name, root), "node-metrics", "prometheus.yml"),
    ]),
  ] as [string, string][];
  it.each(rendered)("of %s", async (_, text) => {
    // Its tokens and authorities are files of a pod: without them it is the syntax alone, fields and all.
    const { code, output } = await promtool(
      { "prometheus.yml": text },
      "check",
      "config",
      "--syntax-only",
      "prometheus.yml",
    );
    expect(output).toContain("SUCCESS");
    expect(code).toBe(0);
  });
});

describe("an alert fires, stays silent on the safe side and resolves", () => {
  const rules = rulesOf("prod");
  it.each(alertCases.map((proof) => [proof.alert, proof] as const))("%s", async (_, proof) => {
    const { code, output } = await proveAlert(rules, proof);
    expect(output.slice(0, 2000)).toContain("SUCCESS");
    expect(code).toBe(0);
  });
});
