import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Log } from "sarif";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hardeningRules } from "../../policies/hardening/rules.ts";
import type { Checked } from "../../review/check/checked.ts";
import { sarifErrors } from "../support/sarif.ts";
import type { Said } from "../support/suoke.ts";
import { suoke as run } from "../support/suoke.ts";
import type { Tree } from "../support/tree.ts";
import { copyOfTree } from "../support/tree.ts";

/** A tree that is made worse, step by step. */
let tree: Tree;
beforeAll(() => {
  tree = copyOfTree();
});
afterAll(() => tree.remove());

const suoke = (...args: readonly string[]): Promise<Said> => run(args, {}, undefined, tree.folder);

describe("./suoke check of the committed stacks", () => {
  it("finds nothing, and says how much it has looked at", async () => {
    const { code, stdout, stderr } = await run(["check"]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout.trim().split("\n")).toHaveLength(6);
    expect(stdout).toMatch(/^prod: [0-9]+ rules, 0 findings, [0-9]+ exempt$/m);
  });

  it("finds an alert without a runbook", async () => {
    const runbook = join(tree.folder, "docs/runbooks/ServiceDown.md");
    const text = readFileSync(runbook, "utf8");
    rmSync(runbook);
    const { code, stdout, stderr } = await suoke("check", "dev");
    writeFileSync(runbook, text);
    expect([code, stderr]).toEqual([1, ""]);
    expect(stdout).toContain("Write docs/runbooks/ServiceDown.md: meaning, impact, diagnosis, mitigation.");
  });

  it("prints for machines what is exempt, and why", async () => {
    const { code, stdout } = await run(["check", "prod", "--format", "json"]);
    const { passed, stacks } = JSON.parse(stdout) as { passed: boolean; stacks: Checked[] };
    expect([code, passed, stacks.length]).toEqual([0, true, 1]);
    const waived = stacks[0]?.waived ?? [];
    expect(waived.length).toBeGreaterThan(0);
    for (const { finding, exemption } of waived) expect(exemption).toMatchObject({ rule: finding.rule });
  });

  it("holds more rules where an environment promises more", async () => {
    const { stdout } = await run(["check", "dev", "prod", "--format", "json"]);
    const { stacks } = JSON.parse(stdout) as { stacks: Checked[] };
    const [dev, prod] = stacks.map(({ rules }) => rules);
    expect(prod).toEqual([...hardeningRules.keys()]);
    expect(prod?.filter((rule) => dev?.includes(rule) !== true)).toEqual(["images/digest", "availability/replicas"]);
  });
});

describe("./suoke check of a weakened tree", () => {
  beforeAll(() => {
    tree.edit("kubernetes/hardened.ts", "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false");
  });

  it("ends with 1, and names each object with the rule and what to do", async () => {
    const { code, stdout } = await suoke("check", "staging");
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^ {2}containers\/read-only-root +\S+: Deployment auth-service: auth-service: can write to its root file system\.$/m,
    );
    expect(stdout).toMatch(/^ +Use hardenedContainer\(\), and an emptyDir/m);
  });

  it("writes SARIF that its schema takes, with every finding at the object's line", async () => {
    const file = join(tree.folder, "reports/policies.sarif");
    const { code } = await suoke("check", "staging", "--out", `sarif=${file}`);
    expect(code).toBe(1);
    const log = JSON.parse(readFileSync(file, "utf8")) as Log;
    expect(sarifErrors(log)).toEqual([]);
    const [sarif] = log.runs;
    const { name, rules = [] } = sarif?.tool.driver ?? {};
    expect([log.runs.length, name]).toEqual([1, "suoke"]);
    const ids = rules.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const results = sarif?.results ?? [];
    for (const { ruleId, ruleIndex = -1, message, locations = [], partialFingerprints = {} } of results) {
      expect(ids[ruleIndex]).toBe(ruleId);
      expect(message.text).toMatch(/\S/);
      expect(Object.values(partialFingerprints)).toEqual([expect.stringMatching(/\S/)]);
      const { artifactLocation, region } = locations[0]?.physicalLocation ?? {};
      expect(artifactLocation?.uri).toMatch(/^[\w./-]+$/);
      expect(region?.startLine).toBeGreaterThan(0);
    }
    const fingerprints = results.map((result) => JSON.stringify(result.partialFingerprints));
    expect(new Set(fingerprints).size).toBe(fingerprints.length);
    // What is exempt is told apart from what is wrong.
    const open = results.filter(({ suppressions = [] }) => suppressions.length === 0);
    expect(new Set(open.map(({ ruleId }) => ruleId))).toEqual(new Set(["containers/read-only-root"]));
    expect(results.length).toBeGreaterThan(open.length);
    const place = open
      .map(({ locations = [] }) => locations[0])
      .find((each) => each?.logicalLocations?.[0]?.fullyQualifiedName?.includes("Deployment auth-service"));
    const { artifactLocation, region } = place?.physicalLocation ?? {};
    expect(artifactLocation?.uri).toBe("test/golden/staging/auth-service.yaml");
    const golden = readFileSync(join(tree.folder, artifactLocation?.uri ?? ""), "utf8").split("\n");
    expect(golden.slice((region?.startLine ?? 0) - 1).join("\n")).toMatch(
      /^apiVersion: apps\/v1\nkind: Deployment\nmetadata:\n(.*\n)*? {2}name: auth-service\n/,
    );
  });

  it("writes JUnit with a case per rule, of which that one fails", async () => {
    const { code, stdout } = await suoke("check", "staging", "--format", "junit");
    expect(code).toBe(1);
    const cases = stdout.match(/<testcase /g) ?? [];
    expect(stdout).toContain(`<testsuite name="staging" tests="${cases.length}" failures="1">`);
    expect(stdout).toMatch(/<testcase classname="staging" name="containers\/read-only-root"[^>]*><failure /);
    expect(stdout).toMatch(/<testcase classname="staging" name="containers\/seccomp" time="0"\/>/);
  });

  it("tells what keeps a stack from being built at the file where it stands", async () => {
    tree.edit("stacks/dev.ts", /^( +)"auth-service": .*$/m, '$1"auth-servise": { kind: "off" },');
    const { code, stdout } = await suoke("check", "dev", "--format", "sarif");
    expect(code).toBe(1);
    const log = JSON.parse(stdout) as Log;
    expect(sarifErrors(log)).toEqual([]);
    const results = log.runs[0]?.results ?? [];
    expect(results.map(({ ruleId }) => ruleId)).toContain("environment/unknown-service");
    for (const { locations = [] } of results)
      expect(locations[0]?.physicalLocation?.artifactLocation?.uri).toBe("stacks/dev.ts");
  });
});

describe("./suoke check ends with 2", () => {
  it.each([
    [["check", "production"], 'There is no environment "production".'],
    [["check", "cluster/moon"], 'There is no cluster "moon".'],
    [["check", "dev", "--out", "xml=policies.xml"], '"xml=policies.xml" is no output'],
    [["check", "dev", "--format", "xml"], "argument 'xml' is invalid"],
  ])("for %j", async (args, message) => {
    const { code, stderr } = await run(args);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  });
});
