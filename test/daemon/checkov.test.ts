import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { loadCluster } from "../../cli/generated.ts";
import { objectsOf } from "../../kubernetes/manifest.ts";
import { render } from "../../kubernetes/render.ts";
import { localFolder, root } from "../../local/paths.ts";
import { localCluster } from "../../local/up.ts";
import { unpromised } from "../../policies/hardening/scanners.ts";
import { promisesOf } from "../../stacks/platform.ts";
import type { Checkov } from "../support/checkov.ts";
import { checkovFaults, installCheckov } from "../support/checkov.ts";
import { built, committed, environmentOf } from "../support/environments.ts";

const folder = join(localFolder, "test/checkov");
let checkov: Checkov = { missing: "it has not been installed yet" };

/** What checkov finds in some YAML. */
async function judge(name: string, yaml: string, skipped: readonly string[] = []) {
  if ("missing" in checkov) throw new Error(checkov.missing);
  const file = join(folder, `${name}.yaml`);
  writeFileSync(file, yaml);
  return checkovFaults(checkov.program, file, skipped);
}

describe("checkov", () => {
  beforeAll(async () => {
    mkdirSync(folder, { recursive: true });
    checkov = await installCheckov();
  }, 500_000);
  // test/skips.ts says of each test why it may be.
  beforeEach(({ skip }) => skip("missing" in checkov, "missing" in checkov ? checkov.missing : ""));

  it.each(committed)("finds no fault with $name beyond what is exempt", async ({ name, environment }) => {
    const objects = objectsOf(built(environment));
    const { faults, passed } = await judge(name, render(objects), unpromised("checkov", promisesOf(environment)));
    expect(faults).toEqual([]);
    expect(passed).toBeGreaterThan(objects.length);
  });

  it("finds no fault with what environments of a cluster share beyond what is exempt", async () => {
    const objects = objectsOf(loadCluster(localCluster, root));
    expect((await judge("cluster", render(objects))).faults).toEqual([]);
  });

  it("finds fault with an object whose exemptions it is not told", async () => {
    const yaml = render(objectsOf(built(environmentOf("prod"))));
    const { faults } = await judge("untold", yaml.replaceAll("checkov.io/skip", "untold.io/skip"));
    expect(faults.some((fault) => fault.startsWith("CKV_K8S_"))).toBe(true);
  });
});
