import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { clusterNames, loadCluster } from "../../cli/generated.ts";
import type { Component } from "../../kubernetes/manifest.ts";
import { renderComponents } from "../../kubernetes/render.ts";
import { localFolder, root } from "../../local/paths.ts";
import { runProgram } from "../../local/process.ts";
import { silent } from "../../local/progress.ts";
import { buildToolchain, programPath } from "../../local/toolchain.ts";
import { platform } from "../../stacks/platform.ts";
import { committed } from "../support/environments.ts";

const folder = join(localFolder, "test/kube-score");
const stacks: readonly (readonly [string, () => readonly Component[]])[] = [
  ...committed.map(({ name, environment }) => [name, () => platform(environment)] as const),
  ...clusterNames(root).map((name) => [`cluster-${name}`, () => loadCluster(name, root)] as const),
];

/** What kube-score finds fault with, a line each. */
async function faults(file: string): Promise<string[]> {
  const { output } = await runProgram({
    command: programPath("kube-score", "kube-score"),
    args: ["score", "--output-format", "ci", file],
    limit: 60,
  });
  expect(output).toMatch(/^\[OK\]/m);
  return output.split("\n").filter((line) => /^\[(CRITICAL|WARNING)\]/.test(line));
}

describe("kube-score", () => {
  beforeAll(async () => {
    await buildToolchain(["kube-score"], silent);
    mkdirSync(folder, { recursive: true });
  });

  it.each(stacks)("finds no fault with %s beyond what is exempt", async (name, components) => {
    const file = join(folder, `${name}.yaml`);
    writeFileSync(file, [...renderComponents(components()).values()].join(""));
    expect(await faults(file)).toEqual([]);
  });

  it("finds fault with an object whose exemptions it is not told", async () => {
    const [, components] = stacks[0] ?? [];
    const yaml = [...renderComponents(components?.() ?? []).values()].join("");
    const file = join(folder, "untold.yaml");
    writeFileSync(file, yaml.replaceAll("kube-score/ignore", "untold"));
    expect(await faults(file)).not.toEqual([]);
  });
});
