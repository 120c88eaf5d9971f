import type { ChildProcess } from "node:child_process";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { StatusRow } from "../../cli/status.ts";
import { root, toolchainFolder } from "../../local/paths.ts";
import { suoke as run } from "../support/suoke.ts";

/** A `.local` of its own, so that the commands are run as they are and touch nothing of the user's. */
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "suoke-commands-"));
});
afterAll(async () => {
  await suoke(["down"]);
  rmSync(folder, { recursive: true, force: true });
});

function suoke(args: readonly string[], started?: (child: ChildProcess) => void) {
  return run(args, { SUOKE_LOCAL: folder, SUOKE_TOOLCHAIN: toolchainFolder, ENGINE: "kubectl" }, started);
}
const tree = (): string => execFileSync("git", ["status", "--porcelain"], { cwd: root, encoding: "utf8" });

/** Starts `up`, and calls back once it has begun to apply. */
async function interrupted(end: (child: ChildProcess) => Promise<void> | void): ReturnType<typeof suoke> {
  let started: ChildProcess | undefined;
  const said = suoke(["up", "dev"], (child) => {
    started = child;
  });
  await expect.poll(() => existsSync(join(folder, "lock")), { timeout: 10_000 }).toBe(true);
  await sleep(2_000);
  if (started !== undefined) await end(started);
  return said;
}

describe("the commands of the embedded cluster", () => {
  it("say what to do when nothing runs yet", async () => {
    const { code, stderr } = await suoke(["status"]);
    expect([code, stderr]).toEqual([2, "The embedded cluster does not run. Start it with: make up\n"]);
  });

  it("keep a second run out while one is under way, and end cleanly when they are interrupted", async () => {
    const { code } = await interrupted(async (child) => {
      const second = await suoke(["up", "prod"]);
      expect([second.code, second.stderr]).toEqual([
        2,
        expect.stringMatching(/"\.\/suoke up dev" is running \(process \d+, since /),
      ]);
      child.kill("SIGINT");
    });
    expect(code).toBe(130);
    expect(existsSync(join(folder, "lock"))).toBe(false);
  });

  it("recover from a run that was killed, lock and all", async () => {
    const { code } = await interrupted((child) => void child.kill("SIGKILL"));
    expect(code).toBe(-1);
    expect(existsSync(join(folder, "lock"))).toBe(true);
  });

  it("bring an environment up, say how it stands and what is simulated, and leave the tree clean", async () => {
    const before = tree();
    const { code, stdout, stderr } = await suoke(["up", "dev"]);
    expect([code, stderr.includes("✗")]).toEqual([0, false]);
    const [, available, all] = /applied by kubectl: (\d+) of (\d+) workloads available\./.exec(stdout) ?? [];
    expect(available).toBe(all);
    expect(Number(all)).toBeGreaterThanOrEqual(8);
    const made = Object.values(
      JSON.parse(readFileSync(join(folder, "cluster/secrets/dev.json"), "utf8")) as object,
    ) as string[];
    // A hash seed is a short number, which may well stand in an age.
    const passwords = made.filter((value) => value.length >= 12);
    expect(passwords.length).toBeGreaterThan(0);
    expect(passwords.filter((value) => `${stdout}${stderr}`.includes(value))).toEqual([]);
    expect(stdout).toContain("Containers are simulated: no program runs in them.");
    expect(tree()).toBe(before);
  });

  it("show the status as a table and as JSON", async () => {
    const [table, json] = await Promise.all([suoke(["status", "dev"]), suoke(["status", "--json"])]);
    expect(table.stdout).toMatch(/^dev +auth-service +Deployment +auth-service +1\/1 /m);
    expect((JSON.parse(json.stdout) as StatusRow[]).map(({ component, ready }) => [component, ready])).toContainEqual([
      "auth-service",
      1,
    ]);
  });

  it("refuse another engine than the one that runs the cluster, with the way out", async () => {
    const { code, stderr } = await suoke(["up", "dev", "--engine", "pulumi"]);
    expect([code, stderr]).toEqual([
      2,
      "The embedded cluster is run by kubectl. To run it by pulumi: make down, then ENGINE=pulumi make up\n",
    ]);
  });

  it("remove an environment, and then everything", async () => {
    expect((await suoke(["down", "dev"])).code).toBe(0);
    expect((await suoke(["status", "dev"])).stdout).toBe("Nothing runs in dev yet. Run: make up\n");
    expect((await suoke(["down"])).code).toBe(0);
    expect(existsSync(join(folder, "cluster"))).toBe(false);
  });
});
