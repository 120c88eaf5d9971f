import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deleteSet } from "../../local/kubectl-engine.ts";
import { environmentSet } from "../../local/up.ts";
import { environments } from "../../stacks/load.ts";
import { platform } from "../../stacks/platform.ts";
import { environmentOf } from "../support/environments.ts";
import { applyAsDeployer, deployer, getJson } from "../support/server.ts";
import { suoke } from "../support/suoke.ts";

const { namespace } = environments.dev;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "suoke-kubectl-"));
  symlinkSync(deployer("dev").kubectl, join(folder, "kubectl"));
  const consul = platform(environmentOf("dev")).filter(
    ({ name }) => name === "runtime" || name === "consul" || name.startsWith("consul-"),
  );
  await applyAsDeployer("dev", consul);
});

afterAll(async () => {
  await deleteSet(deployer("dev"), environmentSet(namespace));
  rmSync(folder, { recursive: true });
});

/** The command line as the deployer of dev uses it: with the cluster of the settings' context. */
const restore = (...args: readonly string[]) =>
  suoke(["config", "restore", "dev", "--yes", ...args], {
    PATH: `${folder}:${process.env["PATH"] ?? ""}`,
    KUBECONFIG: deployer("dev").kubeconfig ?? "",
  });

describe("./suoke config restore", () => {
  it("runs the restore job for the snapshot that is asked for, and waits for its end", async () => {
    const { code, stdout, stderr } = await restore("consul-20260131T030500Z.snap");
    expect(stderr).toMatch(/^Created job\.batch\/consul-restore-\w+; it restores consul-20260131T030500Z\.snap\.\n$/);
    expect(stdout).toContain("Restored consul-20260131T030500Z.snap, and applied what is declared today.");
    expect(code).toBe(0);
    const { items } = await getJson<{ items: { metadata: { name: string }; spec: unknown }[] }>(
      deployer("dev"),
      "jobs",
    );
    const job = items.find(({ metadata }) => metadata.name.startsWith("consul-restore-"));
    expect(JSON.stringify(job?.spec)).toContain('{"name":"SNAPSHOT","value":"consul-20260131T030500Z.snap"}');
  });

  it("says where it cannot", async () => {
    const { code, stderr } = await restore("--context", "nowhere");
    expect(code).toBe(2);
    expect(stderr).toContain("nowhere");
  });
});
