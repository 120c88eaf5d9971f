import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { reportSchema } from "../../review/report.ts";
import type { Report } from "../../review/report.ts";
import type { Said } from "../support/suoke.ts";
import { suoke as run } from "../support/suoke.ts";
import type { Tree } from "../support/tree.ts";
import { copyOfTree } from "../support/tree.ts";

/** A repository whose last commit raises an image in dev, and whose working tree takes a service out of it. */
let tree: Tree;
let raised: string;
beforeAll(async () => {
  tree = copyOfTree();
  tree.edit("Pulumi.dev.yaml", /(auth-service: ).*/, "$1v9.9.9");
  await suoke("generate");
  raised = tree.commit("Raise auth-service in dev");
  tree.edit("stacks/dev.ts", /^( +)"soer-service": .*$/m, '$1"soer-service": { kind: "off" },');
});
afterAll(() => tree.remove());

function suoke(...args: readonly string[]): Promise<Said> {
  return run(args, {}, undefined, tree.folder);
}

async function report(...args: readonly string[]): Promise<Report> {
  const { code, stdout, stderr } = await suoke("diff", ...args, "--format", "json");
  expect([code, stderr]).toEqual([0, ""]);
  return reportSchema.parse(JSON.parse(stdout));
}

describe("./suoke diff compares", () => {
  it("a revision with another", async () => {
    const { from, to, environments } = await report("--from", "HEAD~1", "--to", raised);
    expect([from, to]).toEqual([expect.stringMatching(/^HEAD~1 \([0-9a-f]{7}\)$/), raised.slice(0, 7)]);
    const changed = environments.flatMap(({ name, changes }) =>
      changes.map(({ kind, name: object, risk }) => `${name}: ${kind} ${object} ${risk}`),
    );
    expect(changed).toContain("dev: Deployment auth-service restart");
    expect(changed.every((change) => change.startsWith("dev:"))).toBe(true);
  });

  it("the last commit with the working tree", async () => {
    const { to, environments } = await report("dev");
    expect(to).toBe("the working tree");
    const [dev] = environments;
    expect(dev?.changes.map(({ operation, kind, name }) => `${operation} ${kind} ${name}`)).toContain(
      "delete Deployment soer-service",
    );
    expect(dev?.changes.some(({ name }) => name === "auth-service" && dev.risk === "safe")).toBe(false);
  });

  it("what a cluster's environments share", async () => {
    const { environments } = await report("cluster/local", "--from", "HEAD~1", "--to", "HEAD");
    expect(environments.map(({ name, changes }) => [name, changes])).toEqual([["cluster/local", []]]);
  });

  it("two environments, of which none is at risk of becoming the other", async () => {
    const { purpose, environments, risk } = await report("--env-from", "staging", "--env-to", "prod");
    expect([purpose, risk]).toEqual(["comparison", "safe"]);
    const kinds = new Set(environments[0]?.changes.map(({ kind }) => kind));
    expect(kinds).toContain("HorizontalPodAutoscaler");
    expect(
      environments[0]?.changes.some(({ fields }) => fields.some(({ path }) => path === "metadata.namespace")),
    ).toBe(false);
  });

  it("nothing with itself", async () => {
    const { environments } = await report("--from", raised, "--to", raised);
    expect(environments.flatMap(({ changes }) => changes)).toEqual([]);
  });
});

describe("the verdict", () => {
  const limit = ["--from", "HEAD~1", "--to", "HEAD", "--fail-on", "restart"];

  it("is exit code 1 for a class at the limit, with what would approve it", async () => {
    const { code, stdout } = await suoke("diff", "dev", ...limit);
    expect(code).toBe(1);
    expect(stdout).toContain("restart/image: the label approve:restart approves it");
  });

  it.each([
    ["an option", ["--approve", "restart"]],
    ["a label of the merge request", ["--labels", "bug,approve:restart/image"]],
  ])("is exit code 0 when %s approves it", async (_, approval) => {
    const { code, stdout } = await suoke("diff", "dev", ...limit, ...approval);
    expect([code, stdout]).toEqual([0, expect.stringContaining("Approved: restart")]);
  });
});

describe("outputs", () => {
  it("are written as files beside what is printed, with the places of objects in their golden files", async () => {
    const files = [
      "markdown=out/report.md",
      "html=out/report.html",
      "terraform=out/tf.json",
      "codequality=out/cq.json",
    ];
    const { code, stdout } = await suoke(
      "diff",
      ...["dev", "--from", "HEAD~1", "--to", "HEAD", "--out"],
      ...files.map((file) => file.replace("out/", join(tree.folder, ".local/out/"))),
    );
    const read = (name: string): string => readFileSync(join(tree.folder, ".local/out", name), "utf8");
    expect([code, stdout]).toEqual([0, expect.stringContaining("update Deployment auth-service")]);
    expect(read("report.md")).toContain("| dev |");
    expect(read("report.html")).toContain('<figure id="picture"><svg');
    expect(JSON.parse(read("tf.json"))).toMatchObject({ create: 0, delete: 0 });
    const [issue] = JSON.parse(read("cq.json")) as { location: { path: string; lines: { begin: number } } }[];
    expect(issue?.location.path).toBe("test/golden/dev/auth-service.yaml");
    const golden = readFileSync(join(tree.folder, issue?.location.path ?? ""), "utf8").split("\n");
    expect(golden.slice((issue?.location.lines.begin ?? 0) - 1).join("\n")).toMatch(/^apiVersion: apps\/v1\nkind: Dep/);
  });
});

describe("a report that is longer than GitLab takes", () => {
  it("is shortened, with a link to the whole", async () => {
    const link = "https://gitlab.example/report.html";
    const args = [
      "--env-from",
      "staging",
      "--env-to",
      "prod",
      "--format",
      "markdown",
      "--limit",
      "4000",
      "--link",
      link,
    ];
    const { code, stdout } = await suoke("diff", ...args);
    expect(code).toBe(0);
    expect(stdout.length).toBeLessThanOrEqual(4000);
    expect(stdout).toMatch(/_\d+ more: \[the whole report\]\(https:\/\/gitlab\.example\/report\.html\)\._/);
  });
});

describe("what cannot be judged is exit code 2, with one clear message", () => {
  it.each([
    [["--from", "no-such-branch"], 'There is no revision "no-such-branch" in this clone.'],
    [["prd"], 'There is no environment "prd". Did you mean "prod"?'],
    [["cluster/lokal"], 'There is no cluster "lokal". Did you mean "local"?'],
    [["--env-from", "dev"], "Give both --env-from and --env-to"],
    [["--env-from", "dev", "--env-to", "prod", "--from", "HEAD"], "leave out --from"],
    [["--fail-on", "danger"], "Allowed choices are data-loss, replacement"],
    [["--approve", "dataloss", "--to", "HEAD"], 'There is no class or rule "dataloss" to approve'],
    [["--out", "pdf=report.pdf"], '"pdf=report.pdf" is no output'],
    [["--limit", "none"], "Write a number above 0."],
    [["dev", "--preview", "nowhere.json"], "nowhere.json cannot be read"],
  ])("%j", async (args, message) => {
    const { code, stdout, stderr } = await suoke("diff", ...args);
    expect([code, stdout, stderr]).toEqual([2, "", expect.stringContaining(message)]);
    expect(stderr).not.toContain("    at ");
  });

  it("a preview of something that is not compared", async () => {
    const file = join(tree.folder, ".git/preview.json");
    const urn = "urn:pulumi:prod::suoke-life::pulumi:pulumi:Stack::suoke-life-prod";
    writeFileSync(file, JSON.stringify({ steps: [{ op: "same", urn }], changeSummary: {} }));
    const { code, stderr } = await suoke("diff", "dev", "--preview", file);
    expect([code, stderr]).toEqual([2, expect.stringContaining("is a preview of stack prod of project suoke-life")]);
  });

  it("a preview of a version that is not known", async () => {
    const file = join(tree.folder, ".git/preview.json");
    writeFileSync(file, JSON.stringify({ version: 9, resources: [] }));
    const { code, stdout, stderr } = await suoke("diff", "dev", "--preview", file);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr.trim()).toBe(
      `${file} is no output of pulumi preview --json of a version that is known: it has no steps. ` +
        "Those of Pulumi 3.250 to 3.270 are known; leave out --preview to report without what only Pulumi knows.",
    );
  });

  it("what runs on a cluster that cannot be reached", async () => {
    const kubeconfig = join(tree.folder, ".git/kubeconfig");
    const cluster = { name: "gone", cluster: { server: "https://127.0.0.1:9" } };
    const context = { name: "gone", context: { cluster: "gone", user: "gone" } };
    const user = { name: "gone", user: { token: "none" } };
    const config = { apiVersion: "v1", kind: "Config", clusters: [cluster], contexts: [context], users: [user] };
    writeFileSync(kubeconfig, JSON.stringify(config));
    const args = ["diff", "dev", "--live", "--context", "gone"];
    const { code, stdout, stderr } = await run(args, { KUBECONFIG: kubeconfig }, undefined, tree.folder);
    expect([code, stdout]).toEqual([2, ""]);
    // A machine without kubectl cannot ask either.
    expect(stderr.trim()).toMatch(
      /^(The cluster of context gone could not be asked: .*; nothing was changed\.|kubectl could not be run: .*)$/,
    );
  });

  it("settings that do not decode, and a verdict about settings that are not committed", async () => {
    const settings = readFileSync(join(tree.folder, "Pulumi.dev.yaml"), "utf8");
    try {
      tree.edit("Pulumi.dev.yaml", "v9.9.9", "v9.9.10");
      const dirty = await suoke("diff", "dev", "--fail-on", "data-loss");
      expect([dirty.code, dirty.stderr]).toEqual([
        2,
        expect.stringContaining("Pulumi.dev.yaml: there are changes that are not committed"),
      ]);
      expect((await suoke("diff", "dev")).stdout).toContain("Pulumi.dev.yaml has changes that are not committed.");
      tree.edit("Pulumi.dev.yaml", "auth-service:", "auth-servce:");
      const broken = await suoke("diff", "dev");
      expect([broken.code, broken.stderr]).toEqual([2, expect.stringContaining("There is nothing to compare:")]);
    } finally {
      writeFileSync(join(tree.folder, "Pulumi.dev.yaml"), settings);
    }
  });
});
