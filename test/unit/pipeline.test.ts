import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";
import { describe, expect, it } from "vitest";
import { root } from "../../local/paths.ts";

const read = (path: string): string => readFileSync(join(root, path), "utf8");

interface Job {
  readonly script?: readonly string[];
}

describe("the pipeline", () => {
  const jobs = load(read(".gitlab-ci.yml").replaceAll("!reference ", "")) as Readonly<Record<string, Job>>;

  it("asks the policy pack in every preview", () => {
    const previews = Object.values(jobs)
      .flatMap(({ script = [] }) => script)
      .flatMap((line) => line.match(/pulumi preview [^;|>]*/g) ?? []);
    expect(previews.length).toBeGreaterThan(0);
    expect(previews.filter((line) => !line.includes(" --policy-pack policies/pack"))).toEqual([]);
    expect(existsSync(join(root, "policies/pack/PulumiPolicy.yaml"))).toBe(true);
  });

  it("has every job named in the table of docs/delivery.md", () => {
    const table = /## From a merge request to production\n\n((?:\|.*\n)+)/.exec(read("docs/delivery.md"))?.[1] ?? "";
    const environments = ["dev", "staging", "prod"];
    const named = [...table.matchAll(/`([a-z]+(?::[a-z<>]+)?)`/g)]
      .map(([, name = ""]) => name)
      .flatMap((name) => (name.endsWith(":<env>") ? environments.map((each) => name.replace("<env>", each)) : [name]));
    const declared = Object.entries(jobs)
      .filter(([name, { script }]) => !name.startsWith(".") && name !== "default" && (script ?? name.includes(":")))
      .map(([name]) => name);
    expect(declared.filter((name) => !named.includes(name))).toEqual([]);
  });
});
