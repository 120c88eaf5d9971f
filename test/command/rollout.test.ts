import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Fork } from "../support/fork.ts";
import { fork } from "../support/fork.ts";

let repository: Fork;
beforeAll(() => {
  repository = fork();
});
afterAll(() => repository.remove());

/** Steps that ask no cluster: what does is tried on one, in test/cluster/rollout.test.ts. */
const nowhere = { KUBECONFIG: "/nonexistent", PROMETHEUS_URL: "" };
const file = "Pulumi.prod.yaml";

/** A clone whose settings have this block of rollouts. */
function cloneWith(rollouts: string): Fork {
  const clone = repository.clone();
  const path = join(clone.tree, file);
  writeFileSync(path, `${readFileSync(path, "utf8")}  suoke-life:rollouts:\n${rollouts}`);
  clone.git("commit", "--all", "--quiet", "--message=A rollout");
  return clone;
}
const settings = (clone: Fork): string => readFileSync(join(clone.tree, file), "utf8");

// Each command starts Node, renders all environments and talks to git.
describe("./suoke rollout", { timeout: 240_000 }, () => {
  it("begins a canary as a commit of the settings with everything that follows from it", async () => {
    const clone = repository.clone();
    const before = settings(clone);
    const { code, stdout, stderr } = await clone.suoke(
      ["rollout", "prod", "auth-service", "--canary", "v9.1.0"],
      nowhere,
    );
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain("Start a canary of auth-service in prod.\n");
    expect(stdout).toContain("  rollouts.auth-service.canary.weight: none → 0\n");
    expect(stdout).toMatch(/Committed as [0-9a-f]{7}\. Push it, .*\nThen give it requests: --weight 10\n$/);
    expect(settings(clone)).toBe(
      `${before}  suoke-life:rollouts:\n    auth-service:\n      canary: { image: v9.1.0, weight: 0, minReplicas: 2 }\n`,
    );
    expect(clone.git("log", "-1", "--format=%B")).toContain("rollouts.auth-service.canary.image: none → v9.1.0");
    const changed = clone.git("show", "--name-only", "--format=").split("\n");
    expect(changed).toEqual(expect.arrayContaining([file, "test/golden/prod/auth-service.yaml"]));
    expect(changed).toContain("test/golden/prod/kong-routes.yaml");
    expect((await clone.suoke(["generate", "--check"])).code).toBe(0);
  });

  it("aborts without a cluster that answers, keeps comments, and tells a machine what it did", async () => {
    const block =
      "    # Since Monday.\n    auth-service:\n      canary: { image: v9.1.0, weight: 50, minReplicas: 5 } # slowly\n";
    const clone = cloneWith(block);
    const before = settings(clone);
    const { code, stdout, stderr } = await clone.suoke(
      ["rollout", "prod", "auth-service", "--abort", "--json"],
      nowhere,
    );
    expect([code, stderr]).toEqual([0, ""]);
    expect(JSON.parse(stdout)).toEqual({
      environment: "prod",
      service: "auth-service",
      step: "Abort auth-service's canary in prod: it gets no more requests",
      changes: [{ setting: "rollouts.auth-service.canary.weight", from: 50, to: 0 }],
      next: "Then remove it: --abort",
      commit: clone.git("rev-parse", "HEAD"),
      dryRun: false,
    });
    expect(settings(clone)).toBe(before.replace("weight: 50", "weight: 0"));
  });

  it("shows what would change and writes nothing when it is told so", async () => {
    const clone = cloneWith("    auth-service:\n      canary: { image: v9.1.0, weight: 50, minReplicas: 5 }\n");
    const commit = clone.git("rev-parse", "HEAD");
    const args = ["rollout", "prod", "auth-service", "--weight", "10", "--dry-run"];
    const { code, stdout } = await clone.suoke(args, nowhere);
    expect(code).toBe(0);
    expect(stdout).toContain("\n-      canary: { image: v9.1.0, weight: 50, minReplicas: 5 }\n");
    expect(stdout).toContain("\n+      canary: { image: v9.1.0, weight: 10, minReplicas: 5 }\n");
    expect(stdout).toContain("Nothing was written.\n");
    expect([clone.git("rev-parse", "HEAD"), clone.git("status", "--porcelain")]).toEqual([commit, ""]);
  });

  it("refuses wrong use in one sentence with the way out, and changes nothing", async () => {
    const clone = cloneWith("    auth-service:\n      canary: { image: v9.1.0, weight: 50, minReplicas: 5 }\n");
    const commit = clone.git("rev-parse", "HEAD");
    const rollout = async (...args: readonly string[]): Promise<readonly [number, string]> => {
      const { code, stderr } = await clone.suoke(["rollout", "prod", ...args], nowhere);
      return [code, stderr.trim()];
    };
    expect(await rollout("auth-service", "--weight", "101")).toEqual([
      2,
      '"101" is no weight: give 0 to 100, in percent.',
    ]);
    expect(await rollout("auth-servce", "--weight", "10")).toEqual([
      2,
      'prod runs no service "auth-servce". Did you mean "auth-service"?',
    ]);
    expect(await rollout("user-service", "--weight", "10")).toEqual([
      2,
      "user-service has no rollout in prod. Begin one: ./suoke rollout prod user-service --canary <version>",
    ]);
    expect(await rollout("auth-service", "--flip")).toEqual([
      2,
      "auth-service has a canary in prod, and not blue and green. Use --weight, --promote or --abort.",
    ]);
    expect(await rollout("auth-service")).toEqual([2, expect.stringMatching(/^Say which step: [^\n]*\.$/)]);
    expect(await rollout("auth-service", "--promote", "--gate")).toEqual([
      2,
      "The gate asks Prometheus. Say where it is: --prometheus-url <url>, or PROMETHEUS_URL.",
    ]);
    expect(await rollout("xiaoke-service", "--canary", "v9.1.0")).toEqual([
      1,
      expect.stringContaining("rollouts.xiaoke-service.canary: Kong has no route to it"),
    ]);
    // Raising a weight asks the cluster how many pods there are.
    expect((await rollout("auth-service", "--weight", "60"))[0]).toBe(2);
    expect([clone.git("rev-parse", "HEAD"), clone.git("status", "--porcelain")]).toEqual([commit, ""]);
  });
});

describe("a merge request that removes a canary's block", { timeout: 240_000 }, () => {
  /** What the pipeline says to it, where the block had this weight. */
  async function verdict(weight: number) {
    const clone = cloneWith(`    auth-service:\n      canary: { image: v9.1.0, weight: ${weight}, minReplicas: 5 }\n`);
    const commit = async (): Promise<void> => {
      expect((await clone.suoke(["generate"])).code).toBe(0);
      clone.git("commit", "--all", "--quiet", "--message=Generated");
    };
    await commit();
    writeFileSync(join(clone.tree, file), settings(clone).replace(/ {2}suoke-life:rollouts:[^]*$/, ""));
    await commit();
    const revisions = ["--from", "HEAD~1", "--to", "HEAD"];
    return await clone.suoke(["diff", "prod", ...revisions, "--fail-on", "security-weakening"], nowhere);
  }

  it("is stopped while requests go to the canary", async () => {
    const { code, stdout } = await verdict(25);
    expect(code).toBe(1);
    expect(stdout).toContain("traffic-interruption/serving-track-removed");
    expect(stdout).toContain("25 % of the service's requests go to it.");
  });

  it("passes once none do", async () => {
    const { code, stdout } = await verdict(0);
    expect([code, stdout.includes("traffic-interruption")]).toEqual([0, false]);
  });
});
