import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { unpackDebian } from "../../local/debian.ts";
import type { Step } from "../support/consul/pods.ts";
import type { RenderedConsul } from "../support/consul/rendered.ts";
import { startConsul } from "../support/consul/rendered.ts";
import { eventually } from "../support/daemon.ts";
import { environmentOf } from "../support/environments.ts";

let consul: RenderedConsul;

beforeAll(async () => {
  consul = await startConsul(environmentOf("prod"));
  succeeded(await consul.run("consul-setup"));
});

afterAll(() => consul.end());

function succeeded(steps: readonly Step[]): string {
  const failed = steps.find(({ code }) => code !== 0);
  expect(failed, failed?.output).toBeUndefined();
  return steps.map(({ output }) => output).join("");
}

const json = async (path: string): Promise<unknown> => JSON.parse((await consul.request(path)).text) as unknown;

async function tolerant(): Promise<boolean> {
  const { FailureTolerance } = (await json("/v1/operator/autopilot/health")) as { FailureTolerance: number };
  return FailureTolerance === 1;
}

describe("three servers with the rendered configuration", () => {
  it("elect one leader and vote all three, over TLS and with a gossip key", async () => {
    await consul.leader();
    const { Servers } = (await json("/v1/operator/raft/configuration")) as { Servers: { Voter: boolean }[] };
    expect(Servers.map(({ Voter }) => Voter)).toEqual([true, true, true]);
    const [ring] = (await json("/v1/operator/keyring")) as { Keys: Record<string, number>; NumNodes: number }[];
    expect(Object.values(ring?.Keys ?? {})).toEqual([3]);
  });

  it("are healthy by autopilot, which keeps a majority", async () => {
    await eventually("a cluster that tolerates the loss of one", tolerant);
    expect(await json("/v1/operator/autopilot/configuration")).toMatchObject({
      MinQuorum: 2,
      CleanupDeadServers: true,
    });
  });

  it("give Prometheus their metrics, to the token for it alone", async () => {
    const path = "/v1/agent/metrics?format=prometheus";
    expect((await consul.request(path, { token: "" })).status).toBe(403);
    const { text } = await consul.request(path, { token: consul.token("consul-metrics") });
    expect(text).toContain("consul_raft_");
    expect(text).toContain("consul_autopilot_healthy");
  });

  it("refuse a value over 512 KiB", async () => {
    const put = (bytes: number) => consul.request("/v1/kv/big", { method: "PUT", body: "x".repeat(bytes) });
    expect((await put(512 * 1024)).status).toBe(200);
    expect((await put(512 * 1024 + 1)).status).toBe(413);
  });

  it("go on when the leader is killed: writes resume within ten seconds, and none that was acknowledged is lost", async () => {
    const acknowledged: string[] = [];
    const write = async (server: number): Promise<boolean> => {
      const key = `written/${acknowledged.length}`;
      const answer = await consul.request(`/v1/kv/${key}`, { method: "PUT", body: key, server }).catch(() => undefined);
      if (answer?.status === 200) acknowledged.push(key);
      return answer?.status === 200;
    };
    const seconds: number[] = [];
    // A machine that is busy with something else may take longer once.
    for (let kill = 0; kill < 3 && !seconds.some((each) => each < 10); kill++) {
      const leader = await consul.leader();
      const left = [0, 1, 2].filter((server) => server !== leader);
      for (let count = 0; count < 50; count++) await write(left[count % 2] ?? 0);
      const killed = performance.now();
      await consul.stop(leader, "SIGKILL");
      await eventually("a write after the leader's death", () => write(left[kill % 2] ?? 0));
      seconds.push((performance.now() - killed) / 1000);
      for (let count = 0; count < 50; count++) await write(left[count % 2] ?? 0);
      consul.start(leader);
      await eventually("the killed server votes again", tolerant);
    }
    expect(Math.min(...seconds), `writes resumed after ${seconds.join(", ")} s`).toBeLessThan(10);
    const tree = await consul.tree("written/");
    expect(acknowledged.filter((key) => tree[key] !== key)).toEqual([]);
    expect(acknowledged.length).toBeGreaterThanOrEqual(100);
  });
});

describe("snapshots", () => {
  /** What stands in for the object store: to rclone its remote is a folder here. */
  const store = (): Record<string, string> => ({ RCLONE_CONFIG_STORE_TYPE: "local", BUCKET: bucket() });
  const bucket = (): string => join(consul.folder, "bucket");
  const uploaded = (): string[] => readdirSync(join(bucket(), "suoke-life-prod/consul"));
  const saved = (): string[] => readdirSync(consul.snapshots).filter((name) => name.startsWith("consul-"));

  beforeAll(async () => {
    const { root } = await unpackDebian(["rclone"]);
    symlinkSync(join(root, "usr/bin/rclone"), join(consul.folder, "rclone"));
    mkdirSync(bucket());
  });

  it("bring the same tree back after all servers have lost everything", async () => {
    const before = await consul.tree("config/");
    succeeded(await consul.run("consul-snapshot", { env: store() }));
    await consul.loseEverything();
    [0, 1, 2].forEach((server) => consul.start(server));
    await consul.leader();
    expect(await consul.tree("config/")).toEqual({});

    succeeded(await consul.run("consul-restore", { env: store() }));
    expect(await consul.tree("config/")).toEqual(before);
    const token = consul.token("auth-service");
    expect((await consul.request("/v1/kv/config/auth-service/database", { token })).status).toBe(200);
  });

  it("count once they are complete, with their time and size for the alert", async () => {
    succeeded(await consul.run("consul-snapshot", { env: store() }));
    const status = await consul.tree("suoke/status/snapshot/");
    expect(Number(status["suoke/status/snapshot/last-success"])).toBeGreaterThan(1.7e9);
    expect(Number(status["suoke/status/snapshot/bytes"])).toBeGreaterThan(1000);
    await consul.request("/v1/kv/suoke/status/snapshot/?recurse", { method: "DELETE" });
    // The store refuses: its folder cannot be made where a file is.
    const steps = await consul.run("consul-snapshot", { env: { ...store(), BUCKET: join(consul.folder, "consul") } });
    expect(steps.at(-1)).toMatchObject({ container: "upload" });
    expect(steps.at(-1)?.code).not.toBe(0);
    expect(await consul.tree("suoke/status/snapshot/")).toEqual({});
  });

  it("stay as many as are declared on the volume, and a copy from before each restore", async () => {
    for (const hour of ["00", "01", "02"])
      writeFileSync(join(consul.snapshots, `consul-20200101T${hour}0000Z.snap`), "");
    succeeded(await consul.run("consul-snapshot", { env: { ...store(), KEEP: "2" } }));
    expect(saved()).toHaveLength(2);
    expect(saved()[0]).not.toContain("2020");
    expect(uploaded().length).toBeGreaterThanOrEqual(2);
    expect(readdirSync(consul.snapshots).filter((name) => name.startsWith("before-restore-"))).toHaveLength(1);
  });

  it("come back from the object store when the volume is lost as well", async () => {
    const before = await consul.tree("config/");
    for (const name of readdirSync(consul.snapshots)) rmSync(join(consul.snapshots, name));
    await consul.request("/v1/kv/config/?recurse", { method: "DELETE" });
    succeeded(await consul.run("consul-restore", { env: store() }));
    expect(await consul.tree("config/")).toEqual(before);
  });

  it("are named when one is asked for that is not there", async () => {
    const steps = await consul.run("consul-restore", { env: { ...store(), SNAPSHOT: "consul-x.snap" } });
    expect(steps.at(-1)?.code).not.toBe(0);
    expect(steps.map(({ output }) => output).join("")).toMatch(/consul-x\.snap/);
  });
});
