import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { redisCache, redisDurable } from "../../components/redis/redis.ts";
import { root } from "../../local/paths.ts";
import { sleep } from "../../local/process.ts";
import { eventually } from "../support/daemon.ts";
import { environmentOf } from "../support/environments.ts";
import type { RunningRedis } from "../support/redis/installation.ts";
import { startRedis } from "../support/redis/installation.ts";
import { missing, startWriter } from "../support/redis/writer.ts";

const { cache, saga } = environmentOf("dev").data.systems;
if (cache.kind !== "managed" || saga.kind !== "managed") throw new Error("dev's Redis is not ours.");
const shared = { namespace: "test", zoneSpread: "preferred", rotations: () => 0 } as const;
const consultation = "consultation-service";

let cached: RunningRedis;
let durable: RunningRedis;
beforeAll(async () => {
  durable = await startRedis(
    redisDurable({ ...shared, data: saga, clients: [{ service: consultation, keys: ["saga:*"] }] }),
  );
  cached = await startRedis(
    redisCache({
      ...shared,
      data: cache,
      clients: [
        { service: "user-service", keys: ["user_profile:*"] },
        { service: "health-data-service", keys: ["health_data:*", "ai_diagnosis:*"] },
      ],
    }),
  );
});
afterAll(async () => {
  await (cached as RunningRedis | undefined)?.stop();
  await (durable as RunningRedis | undefined)?.stop();
});

const measured = (text: string): void => void process.stdout.write(`  measured: ${text}\n`);

/** A figure of `INFO`. */
async function figure(redis: RunningRedis, name: string): Promise<number> {
  const info = await redis.ask(await redis.primary(), "health", "INFO");
  return Number(new RegExp(`^${name}:(\\d+)`, "m").exec(info)?.[1]);
}

describe("the two Redis of dev", () => {
  it("keep 50 sagas while 9,000 cache writes take more memory than the cache has", async () => {
    const sagas = await durable.connect(consultation);
    const users = await cached.connect("user-service");
    const keys = Array.from({ length: 50 }, (_, index) => `saga:consultation_${index}_1700000000`);
    for (const key of keys) await sagas.hSet(key, { status: "running", context: "{}" });
    const value = "x".repeat(32 * 1024);
    const before = await figure(cached, "evicted_keys");
    for (let batch = 0; batch < 90; batch += 1) {
      const writes = Array.from({ length: 100 }, (_, index) => users.set(`user_profile:${batch}:${index}`, value));
      await Promise.all(writes);
    }
    const evicted = (await figure(cached, "evicted_keys")) - before;
    measured(`9,000 cache writes of 32 KiB: ${evicted} entries evicted, 50 of 50 sagas kept`);
    expect(evicted).toBeGreaterThan(0);
    expect(await figure(durable, "evicted_keys")).toBe(0);
    expect(await sagas.exists(keys)).toBe(50);
    sagas.destroy();
    users.destroy();
  });

  it("measure what a saga of the plan takes", async () => {
    const sagas = await durable.connect(consultation);
    const answer = "患者主诉头晕乏力，舌淡苔白，脉细弱，考虑气血两虚。".repeat(20);
    const context = JSON.stringify({ message: answer.slice(0, 200), xiaoai: answer, xiaoke: answer, laoke: answer });
    const before = await figure(durable, "used_memory");
    const count = 1_000;
    for (let number = 0; number < count; number += 1) {
      await sagas.hSet(`saga:size_${number}`, {
        status: "completed",
        current_step: "5",
        executed_steps: "[]",
        context,
      });
    }
    const each = ((await figure(durable, "used_memory")) - before) / count;
    measured(`a saga with three answers of ${answer.length} characters takes ${(each / 1024).toFixed(1)} KiB`);
    expect(each).toBeLessThanOrEqual(8 * 1024);
    sagas.destroy();
  });
});

describe("a user of the cache", () => {
  it("reads and writes the entries of its service", async () => {
    const client = await cached.connect("health-data-service");
    await client.setEx("ai_diagnosis:1", 3_600, "{}");
    expect(await client.get("ai_diagnosis:1")).toBe("{}");
    client.destroy();
  });

  it.each([
    ["another service's entries", ["GET", "user_profile:1"]],
    ["what looks like its own and is not", ["SET", "ai_diagnosis", "x"]],
    ["sagas", ["HGETALL", "saga:1"]],
    ["the names of others' entries", ["SCAN", "0"]],
    ["everything at once", ["FLUSHDB"]],
  ])("may not touch %s", async (_, command) => {
    const client = await cached.connect("health-data-service");
    await expect(client.sendCommand(command)).rejects.toThrow(/^NOPERM/);
    client.destroy();
  });
});

describe("the single durable server of dev", () => {
  it("has after a kill what was written a second before", async () => {
    const writer = await startWriter(durable, {
      service: consultation,
      prefix: "saga:restart_",
      replicas: 0,
      atOnce: 8,
    });
    await eventually("sagas are written", () => writer.written.length > 100);
    await sleep(2_000);
    const [server] = durable.servers;
    await server?.container("redis").stop("SIGKILL");
    const at = performance.now();
    await writer.stop();
    server?.restart("redis");
    await eventually("it answers", () => durable.answers());
    const client = await durable.connect(consultation);
    const lost = await missing(client, writer.written);
    measured(`a kill and restart with the append-only file: ${lost.length} of ${writer.written.length} writes lost`);
    expect(lost.filter((write) => write.at < at - 1_000)).toEqual([]);
    client.destroy();
  });
});

describe("a durable server of which nothing is left but a snapshot", () => {
  it("has the snapshot's sagas after the steps of docs/redis.md, and goes on writing them to its append-only file", async () => {
    const client = await durable.connect(consultation);
    const keys = Array.from({ length: 200 }, (_, index) => `saga:snapshot_${index}_1700000000`);
    for (const key of keys) await client.hSet(key, { status: "running" });
    client.destroy();
    const [server] = durable.servers;
    if (server === undefined) throw new Error("There is no server.");
    const shell = async (script: string): Promise<void> => {
      expect(await server.exec("redis", ["sh", "-ec", script])).toMatchObject({ code: 0 });
    };
    const restart = async (): Promise<void> => {
      server.restart("redis");
      await eventually("it answers", () => durable.answers());
    };
    // A server that is stopped writes a last snapshot. What stays of the volume is that file alone, on an empty one.
    await server.container("redis").stop("SIGTERM");
    await shell("cp /data/dump.rdb /data/copy.rdb; rm -r /data/appendonlydir /data/dump.rdb");
    await restart();
    const empty = await durable.connect(consultation);
    expect(await empty.exists(keys)).toBe(0);
    empty.destroy();

    await server.container("redis").stop("SIGKILL");
    // Here the shell may run as another user than the server; a pod that mounts the volume has its group.
    await shell(`cd /data\nmv copy.rdb dump.rdb\n${restoreSteps()}chmod -R a+rwX appendonlydir`);
    await restart();
    const after = await durable.connect(consultation);
    expect(await after.exists(keys)).toBe(200);
    await after.hSet("saga:snapshot_new", { status: "running" });
    await after.del(keys.slice(0, 1));
    after.destroy();
    await sleep(2_000);

    await server.container("redis").stop("SIGKILL");
    await restart();
    const again = await durable.connect(consultation);
    expect(await again.exists([...keys, "saga:snapshot_new"])).toBe(200);
    again.destroy();
  });
});

/** What a person types, from the page that says so. */
function restoreSteps(): string {
  const page = readFileSync(join(root, "docs/redis.md"), "utf8");
  const [, steps] = /\*\*Everything is lost but a snapshot\.\*\*[^]*?```sh\n([^]*?)```/.exec(page) ?? [];
  if (steps === undefined) throw new Error("docs/redis.md does not say how a snapshot is restored.");
  return steps;
}

describe("a cache that restarts", () => {
  it("is empty and works", async () => {
    const client = await cached.connect("user-service");
    await client.set("user_profile:restart", "x");
    client.destroy();
    const [server] = cached.servers;
    await server?.container("redis").stop("SIGKILL");
    server?.restart("redis");
    await eventually("it answers", () => cached.answers());
    const after = await cached.connect("user-service");
    expect(await after.get("user_profile:restart")).toBeNull();
    after.destroy();
  });
});
