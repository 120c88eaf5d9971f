import { describe, expect, it } from "vitest";
import * as z from "zod";
import { rendered } from "../../cli/diff-formats.ts";
import { formats } from "../../cli/format-names.ts";
import { environmentReport } from "../../review/build.ts";
import type { PlainObject } from "../../review/change.ts";
import { toCodeQuality, toJunit, toTerraform } from "../../review/formats/gitlab.ts";
import { toHtml } from "../../review/formats/html.ts";
import { commentLimit, toMarkdown } from "../../review/formats/markdown.ts";
import { toTerminal } from "../../review/formats/terminal.ts";
import { reportSchema } from "../../review/report.ts";
import { claim, configMap, deployment, secret, service } from "../corpus/objects.ts";
import { image } from "../corpus/parts.ts";
import { edited } from "../corpus/pair.ts";
import { changeOf, reportOf } from "../support/reports.ts";

const newer = image.replaceAll("1", "2");
const raised = (object: PlainObject): PlainObject => edited(object, ["spec.template.spec.containers.0.image", newer]);
const named = (object: PlainObject, name: string): PlainObject => edited(object, ["metadata.name", name]);
const locate = () => ({ path: "test/golden/dev/web.yaml", line: 7 });

/** Something is deleted, replaced, restarted and created. */
const mixed = reportOf([
  changeOf([claim, deployment, service], [raised(deployment), edited(service, ["spec.clusterIP", "None"]), configMap]),
]);

describe("what is the same in several objects is told once", () => {
  const before = ["auth", "user", "gateway"].map((component) => ({ component, object: named(deployment, component) }));
  const after = before.map(({ component, object }) => ({ component, object: raised(object) }));
  const text = toTerminal(reportOf(["dev", "prod"].map((name) => environmentReport(name, before, after))));

  it("by object", () => {
    expect(text).toContain("update Deployment of 3: auth, gateway, user");
    expect(text.match(/\[restart\/image\]/g)).toHaveLength(1);
  });

  it("and by environment", () => {
    expect(text).toContain("\ndev, prod\n");
  });
});

describe("Markdown", () => {
  it("has a table of the environments, and what changes, worst first", () => {
    const text = toMarkdown(mixed);
    expect(text).toContain("| dev | 1 to create, 1 to update, 1 to replace, 1 to delete | 🔴 data-loss |");
    const order = ["data-loss ·", "replacement ·", "restart ·", "safe ·"].map((each) => text.indexOf(each));
    expect(order.every((position) => position > 0)).toBe(true);
    expect([...order].sort((a, b) => a - b)).toEqual(order);
  });

  it("lets no name or value of a change be markup", () => {
    const evil = "<img src=x onerror=alert(1)> | ``` @all [a](b)";
    const text = toMarkdown(
      reportOf([
        changeOf(
          [configMap],
          [edited(configMap, ["data.a", evil], ["data.b", "one\n```\n</details>\n````"]), named(service, "a|b`c")],
        ),
      ]),
    );
    const fence = /^(`{3,})diff$/m.exec(text)?.[1] ?? "";
    expect(fence.length).toBe(5);
    const outside = text.replaceAll(new RegExp(`${fence}diff[\\s\\S]*?\n${fence}\n`, "g"), "");
    expect(outside).not.toContain("<img");
    expect(outside).toContain("a\\|b\\`c");
  });

  it("is shortened to what a comment may have, worst kept, with a link to the rest", () => {
    const many = Array.from({ length: 400 }, (_, index) => named(configMap, `map-${index}`));
    const grown = many.map((object, index) => edited(object, ["data.a", `value ${index}`]));
    const report = reportOf([changeOf([claim, ...many], grown), changeOf([claim], [], { name: "prod" })]);
    const limit = 5_000;
    const text = toMarkdown(report, { limit, link: "https://ci.example/report.html" });
    expect(toMarkdown(report).length).toBeGreaterThan(limit);
    expect(text.length).toBeLessThanOrEqual(limit);
    expect(text).toMatch(/_\d+ more: \[the whole report\]\(https:\/\/ci\.example\/report\.html\)\._/);
    expect(text.match(/delete PersistentVolumeClaim data/g)).toHaveLength(2);
    expect(text.match(/<details>/g)).toHaveLength((text.match(/<\/details>/g) ?? []).length);
    // Three environments in one comment, and what is around them.
    expect(3 * commentLimit).toBeLessThan(1_000_000);
  });
});

describe("HTML", () => {
  const text = toHtml(mixed, '<?xml version="1.0"?><svg id="drawn"></svg>');

  it("is one file that loads nothing", () => {
    const attributes = [...text.matchAll(/\s(?:src|srcset|data|action|poster)\s*=\s*"([^"]*)"/g)];
    expect(attributes).toEqual([]);
    expect(text).not.toMatch(/@import|url\(|<link|<iframe/);
    expect(text).toContain("default-src 'none'");
    expect(text).toContain('<figure id="picture"><svg id="drawn">');
  });

  it("lets no name or value of a change be markup", () => {
    const report = reportOf([changeOf([configMap], [edited(configMap, ["data.a", "</td><script>alert(1)</script>"])])]);
    expect(toHtml(report)).toContain("&lt;script&gt;alert(1)");
    expect(toHtml(report).match(/<script>/g)).toHaveLength(1);
  });
});

describe("GitLab's reports", () => {
  it("terraform counts what is replaced as deleted and created", () => {
    expect(JSON.parse(toTerraform(mixed))).toEqual({ create: 2, update: 1, delete: 2 });
  });

  it("codequality has a place, a severity and a fingerprint of its own for all that is not safe", () => {
    const issues = z
      .array(
        z.strictObject({
          description: z.string(),
          check_name: z.string(),
          fingerprint: z.string(),
          severity: z.enum(["info", "minor", "major", "critical", "blocker"]),
          location: z.strictObject({ path: z.string(), lines: z.strictObject({ begin: z.int().positive() }) }),
        }),
      )
      .parse(JSON.parse(toCodeQuality(mixed, locate)));
    expect(issues.map(({ check_name, severity }) => [check_name, severity])).toEqual(
      expect.arrayContaining([
        ["data-loss/claim-deleted", "blocker"],
        ["replacement/service-cluster-ip", "critical"],
        ["restart/image", "minor"],
      ]),
    );
    expect(new Set(issues.map(({ fingerprint }) => fingerprint)).size).toBe(issues.length);
    expect(issues.filter(({ check_name }) => check_name.startsWith("safe/"))).toEqual([]);
  });

  it("junit fails what fails the report, and no more", () => {
    const xml = toJunit({ ...mixed, failOn: "replacement" }, locate);
    expect(xml.match(/<failure /g)).toHaveLength(2);
    expect(xml).toContain('<failure type="data-loss"');
    expect(toJunit(mixed, locate)).not.toContain("<failure");
  });

  it("junit is XML whatever the names are", () => {
    const xml = toJunit(reportOf([changeOf([], [named(configMap, 'a"<&\u0001')])]), locate);
    expect(xml).toContain("create ConfigMap a&quot;&lt;&amp; [safe/created]");
  });
});

it("no form of a report has a value of a Secret, whatever the two sides hold", async () => {
  const canary = "canary-value-of-a-secret";
  const plain = (kind: string, value: string): PlainObject[] => [
    edited(secret, ["stringData.password", value], ["data", { key: value }], ["metadata.name", kind]),
  ];
  const report = reportOf([
    changeOf(plain("changed", `${canary}-1`), plain("changed", `${canary}-2`)),
    changeOf([], plain("created", canary)),
    changeOf(plain("deleted", canary), []),
    changeOf(plain("one", canary), plain("another", canary)),
    changeOf([secret], [edited(secret, ["stringData.password", `multi\nline ${canary}\n`])]),
  ]);
  expect(report.environments.every(({ changes }) => changes.length > 0)).toBe(true);
  for (const format of formats)
    expect([format, await rendered(report, format, {})]).toEqual([format, expect.not.stringContaining(canary)]);
});

it("JSON is what the published schema says", () => {
  expect(reportSchema.parse(JSON.parse(JSON.stringify(mixed)))).toEqual(JSON.parse(JSON.stringify(mixed)));
});
