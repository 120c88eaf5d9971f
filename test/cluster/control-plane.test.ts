import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { kubectlOutput } from "../../cli/kubectl.ts";
import { clusterAdmin, clusterRuns, deleteCluster, startCluster } from "../../local/control-plane.ts";
import type { Instance } from "../../local/paths.ts";
import { instance } from "../../local/paths.ts";
import { silent } from "../../local/progress.ts";

let folder: string;
let own: Instance;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "suoke-cluster-"));
  own = instance(folder, "cluster");
});
afterEach(async () => {
  await deleteCluster(own);
  rmSync(folder, { recursive: true, force: true });
});

const clusterFolder = (): string => join(own.folder, "kwok/clusters/suoke");
const pids = (...components: readonly string[]): number[] =>
  components.map((component) => Number(readFileSync(join(clusterFolder(), `pids/${component}.pid`), "utf8")));
const kill = (...components: readonly string[]): void =>
  pids(...components).forEach((pid) => process.kill(pid, "SIGKILL"));

describe("the embedded cluster", () => {
  it("keeps everything on loopback", async () => {
    await startCluster(own, silent);
    const config = readFileSync(join(clusterFolder(), "kwok.yaml"), "utf8");
    expect(config).toContain("--bind-address=127.0.0.1");
    expect(config).not.toContain("0.0.0.0");
    const listening = readFileSync("/proc/net/tcp", "utf8")
      .split("\n")
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , , state]) => state === "0A");
    const ports = [...config.matchAll(/port: (\d+)/g)].map(([, port]) =>
      Number(port).toString(16).toUpperCase().padStart(4, "0"),
    );
    const ours = listening.filter(([, local]) => ports.includes(local?.split(":")[1] ?? ""));
    expect(ours.length).toBeGreaterThan(0);
    for (const [, local] of ours) expect(local).toMatch(/^0100007F:/);
  });

  it("comes back with what it held after its processes were killed", async () => {
    const cluster = await startCluster(own, silent);
    await kubectlOutput(cluster, ["create", "namespace", "kept"]);
    kill("kube-apiserver", "etcd");
    expect(await clusterRuns(own)).toBe(false);
    await startCluster(own, silent);
    expect(await kubectlOutput(cluster, ["get", "namespace", "kept", "-o", "name"])).toBe("namespace/kept\n");
  });

  it("notices that a component beside the API server is gone", async () => {
    await startCluster(own, silent);
    kill("kube-scheduler", "simulator");
    await startCluster(own, silent);
    for (const pid of pids("kube-scheduler", "simulator")) expect(() => process.kill(pid, 0)).not.toThrow();
  });

  it("is made anew when its creation was cut off", async () => {
    mkdirSync(join(own.folder, "kwok/clusters"), { recursive: true });
    writeFileSync(join(own.folder, "kwokctl.yaml"), "half");
    await startCluster(own, silent);
    expect(await clusterRuns(own)).toBe(true);
  });

  it("says which of its ports is taken and what to do", async () => {
    const cluster = await startCluster(own, silent);
    const port = Number(/127\.0\.0\.1:(\d+)/.exec(readFileSync(cluster.kubeconfig ?? "", "utf8"))?.[1]);
    kill("kube-apiserver");
    await new Promise((resolve) => setTimeout(resolve, 300));
    const other = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => other.listen(port, "127.0.0.1", resolve));
    try {
      await expect(startCluster(own, silent)).rejects.toThrow(
        `another program listens on its port ${port}. Stop that program; or "make down" removes the cluster, and "make up" makes`,
      );
    } finally {
      await new Promise((resolve) => other.close(resolve));
    }
  });

  it("has addresses for more Services than the 254 of a range of its server's own choice", async () => {
    const cluster = await startCluster(own, silent);
    const services = Array.from({ length: 300 }, (_, index) => ({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: `service-${index}` },
      spec: { ports: [{ port: 80 }] },
    }));
    const list = JSON.stringify({ apiVersion: "v1", kind: "List", items: services });
    await kubectlOutput(cluster, ["create", "-n", "default", "-f", "-"], list);
    const addresses = await kubectlOutput(cluster, [
      ...["get", "services", "-n", "default", "-o"],
      "jsonpath={.items[*].spec.clusterIP}",
    ]);
    // One more is the API server's own.
    expect(new Set(addresses.split(" ")).size).toBe(services.length + 1);
  });

  it("leaves nothing behind when it is removed, and removing it twice is fine", async () => {
    await startCluster(own, silent);
    const all = pids("kube-apiserver", "etcd", "simulator");
    await deleteCluster(own);
    await deleteCluster(own);
    expect([existsSync(own.folder), existsSync(clusterAdmin(own).kubeconfig ?? "")]).toEqual([false, false]);
    await expect.poll(() => all.filter(running), { timeout: 10_000 }).toEqual([]);
  });
});

function running(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A process that has ended and was not waited for is still listed.
    return !readFileSync(`/proc/${pid}/status`, "utf8").includes("State:\tZ");
  } catch {
    return false;
  }
}
