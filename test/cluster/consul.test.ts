import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { kubectlOutput } from "../../cli/kubectl.ts";
import { deleteSet } from "../../local/applyset.ts";
import { silent } from "../../local/progress.ts";
import { runProgram } from "../../local/process.ts";
import { buildToolchain, programPath } from "../../local/toolchain.ts";
import { environmentSet } from "../../local/up.ts";
import { environments } from "../../stacks/load.ts";
import { platform } from "../../stacks/platform.ts";
import { environmentOf } from "../support/environments.ts";
import { admin, applyAsDeployer, deployer, getJson } from "../support/server.ts";
import { suoke } from "../support/suoke.ts";

const { namespace } = environments.dev;
const consul = platform(environmentOf("dev")).filter(
  ({ name }) => name === "runtime" || name === "consul" || name.startsWith("consul-"),
);
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "suoke-kubectl-"));
  symlinkSync(deployer("dev").kubectl, join(folder, "kubectl"));
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

describe("the certificates' job, with its ServiceAccount's rights and no others", () => {
  const account = "consul-certificates";
  let server: URL;

  /** What a pod finds of its ServiceAccount. */
  beforeAll(async () => {
    await buildToolchain(["consul-seed"], silent);
    const config = JSON.parse(await kubectlOutput(admin, ["config", "view", "--raw", "--minify", "-o", "json"])) as {
      clusters: { cluster: { server: string; "certificate-authority-data"?: string } }[];
    };
    const cluster = config.clusters[0]?.cluster;
    server = new URL(cluster?.server ?? "");
    const token = await kubectlOutput(admin, ["-n", namespace, "create", "token", account]);
    const root = await getJson<{ data: Record<string, string> }>(admin, "-n", namespace, "cm", "kube-root-ca.crt");
    mkdirSync(join(folder, "account"));
    writeFileSync(join(folder, "account/token"), token);
    writeFileSync(join(folder, "account/namespace"), namespace);
    writeFileSync(join(folder, "account/ca.crt"), root.data["ca.crt"] ?? "");
  });

  function job(...more: readonly string[]) {
    const names = [
      "-datacenter=dc",
      "-hosts=consul",
      "-authority=consul-ca",
      "-bundle=consul-ca",
      "-server=consul-tls",
    ];
    return runProgram({
      command: programPath("consul-seed", "consul-seed"),
      args: ["tls", ...names, `-serviceaccount=${join(folder, "account")}`, ...more],
      env: { KUBERNETES_SERVICE_HOST: server.hostname, KUBERNETES_SERVICE_PORT: server.port },
      limit: 60,
    });
  }
  const data = async (kind: string, name: string) =>
    (await getJson<{ data?: Record<string, string> }>(admin, "-n", namespace, kind, name)).data ?? {};

  it("fills two Secrets and a ConfigMap, once, however many run at a time", async () => {
    const runs = await Promise.all([job(), job()]);
    // Of two at once, one may be refused, and tries again as the Job's next pod.
    expect(
      runs.map(({ code }) => code),
      runs.map(({ output }) => output).join(""),
    ).toContain(0);
    const shown = await data("secret", "consul-tls");
    expect(Object.keys(shown).sort()).toEqual(["ca.crt", "tls.crt", "tls.key"]);
    expect((await data("configmap", "consul-ca"))["ca.crt"]).toContain("BEGIN CERTIFICATE");
    const again = await job();
    expect(again.output).toContain("the certificates are valid");
    expect(await data("secret", "consul-tls")).toEqual(shown);
  });

  it("leaves what a later deployment keeps", async () => {
    const shown = await data("secret", "consul-tls");
    await applyAsDeployer("dev", consul);
    expect(await data("secret", "consul-tls")).toEqual(shown);
    expect((await data("configmap", "consul-ca"))["ca.crt"]).toContain("BEGIN CERTIFICATE");
  });

  it("may read no other Secret", async () => {
    const { code, output } = await job("-server=consul-management");
    expect(code).toBe(2);
    expect(output).toMatch(/consul-management.*forbidden/);
  });
});
