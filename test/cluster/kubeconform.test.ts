import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { clusterNames, loadCluster } from "../../cli/generated.ts";
import type { Component } from "../../kubernetes/manifest.ts";
import { objectsOf } from "../../kubernetes/manifest.ts";
import { render } from "../../kubernetes/render.ts";
import { localFolder, root } from "../../local/paths.ts";
import { runProgram } from "../../local/process.ts";
import { silent } from "../../local/progress.ts";
import { buildToolchain, programPath } from "../../local/toolchain.ts";
import { apiClient } from "../support/api-client.ts";
import { built, committed } from "../support/environments.ts";
import { exportSchemas, schemaLocation } from "../support/schemas.ts";
import { admin } from "../support/server.ts";

const folder = join(localFolder, "test/kubeconform");
const stacks: readonly (readonly [string, () => readonly Component[]])[] = [
  ...committed.map(({ name, environment }) => [name, () => built(environment)] as const),
  ...clusterNames(root).map((name) => [`cluster-${name}`, () => loadCluster(name, root)] as const),
];

interface Verdict {
  readonly resources: readonly {
    readonly kind: string;
    readonly name: string;
    readonly status: string;
    readonly msg: string;
  }[];
  readonly summary: {
    readonly valid: number;
    readonly invalid: number;
    readonly errors: number;
    readonly skipped: number;
  };
}

/** What kubeconform says to some YAML. Kinds without a schema are errors, and nothing is left out. */
async function judge(name: string, yaml: string): Promise<Verdict> {
  const file = join(folder, `${name}.yaml`);
  writeFileSync(file, yaml);
  const { output } = await runProgram({
    command: programPath("kubeconform", "kubeconform"),
    args: ["-strict", "-output", "json", "-summary", "-schema-location", join(folder, "schemas", schemaLocation), file],
    limit: 120,
  });
  return JSON.parse(output) as Verdict;
}

/** `Deployment x: …`, a line each. */
const faults = ({ resources }: Verdict): string[] =>
  resources.map(({ kind, name, msg }) => `${kind} ${name}: ${msg}`.slice(0, 300));

describe("kubeconform, with the schemas of the API server", () => {
  beforeAll(async () => {
    await buildToolchain(["kubeconform"], silent);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const api = apiClient(admin);
    try {
      expect(await exportSchemas(api, join(folder, "schemas"))).toBeGreaterThan(100);
    } finally {
      api.close();
    }
  });

  it.each(stacks)("takes every object of %s", async (name, components) => {
    const objects = objectsOf(components());
    const verdict = await judge(name, render(objects));
    expect(faults(verdict)).toEqual([]);
    expect(verdict.summary).toEqual({ valid: objects.length, invalid: 0, errors: 0, skipped: 0 });
  });

  const [, prod] = stacks.find(([name]) => name === "prod") ?? [];
  const yaml = render(objectsOf(prod?.() ?? []));

  it.each([
    ["a field that the kind does not have", /^( +)image: /m, "$1imagee: "],
    ["a field of another type", /^( +)replicas: [0-9]+$/m, "$1replicas: many"],
    ["a field of a CRD that it does not have", /^( +)instances: /m, "$1instancesWanted: 1\n$1instances: "],
    ["a kind that the server does not know", /^kind: PodDisruptionBudget$/m, "kind: PodDisruptionBudgets"],
  ])("refuses %s", async (title, pattern, replacement) => {
    const changed = yaml.replace(pattern, replacement);
    expect(changed).not.toBe(yaml);
    const { summary } = await judge(title.replaceAll(" ", "-"), changed);
    expect(summary.invalid + summary.errors).toBe(1);
  });
});
