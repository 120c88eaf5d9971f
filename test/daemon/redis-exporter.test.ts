import { chmodSync, copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { redisExporter } from "../../components/redis/exporter.ts";
import { redisDurable } from "../../components/redis/redis.ts";
import { objectsOf } from "../../kubernetes/manifest.ts";
import { isSecret } from "../../kubernetes/secrets.ts";
import { silent } from "../../local/progress.ts";
import { buildToolchain, programPath } from "../../local/toolchain.ts";
import type { Daemon } from "../support/daemon.ts";
import { daemonFolder, eventually, freePort, startDaemon } from "../support/daemon.ts";
import { environmentOf } from "../support/environments.ts";
import type { RunningRedis } from "../support/redis/installation.ts";
import { startRedis, valueOf } from "../support/redis/installation.ts";

const { saga } = environmentOf("dev").data.systems;
if (saga.kind !== "managed") throw new Error("dev's durable Redis is not ours.");
const service = "consultation-service";
const shared = { namespace: "test", zoneSpread: "preferred" } as const;
const scraper = { kind: "app", app: "prometheus" } as const;
const durable = redisDurable({
  ...shared,
  scraper,
  rotations: () => 0,
  data: saga,
  clients: [{ service, keys: ["saga:*"] }],
});

let redis: RunningRedis | undefined;
let exporter: Daemon | undefined;
let scrape: () => Promise<string>;
const folder = daemonFolder("redis-exporter");

beforeAll(async () => {
  await buildToolchain(["redis-exporter"], silent);
  redis = await startRedis(durable);
  const { host, port } = redis.endpoint;
  const objects = objectsOf([redisExporter({ ...shared, scraper, targets: durable.targets }).component]);
  const write = (name: string, content: string): void => {
    const local = content.replaceAll("redis-durable:6379", `${host}:${port}`);
    writeFileSync(join(folder.path, name), local, { mode: 0o644 });
  };
  for (const object of objects) {
    if (object.kind === "ConfigMap") for (const [name, text] of Object.entries(object.data ?? {})) write(name, text);
    if (object.kind !== "Secret") continue;
    for (const [name, value] of Object.entries(object.stringData))
      write(name, isSecret(value) ? valueOf(value) : value);
  }
  // Where every user may run it.
  const program = join(folder.path, "redis_exporter");
  copyFileSync(programPath("redis-exporter", "redis_exporter"), program);
  chmodSync(program, 0o755);
  const deployment = objects.find((object) => object.kind === "Deployment");
  const container = deployment?.kind === "Deployment" ? deployment.spec?.template.spec?.containers[0] : undefined;
  const listen = `127.0.0.1:${await freePort()}`;
  exporter = startDaemon({
    command: program,
    // As the pod is started; only folders and the address are this machine's.
    args: [
      ...(container?.args ?? []).map((each) => each.replace(/\/etc\/exporter\/(config|secret)/, folder.path)),
      `--web.listen-address=${listen}`,
    ],
  });
  scrape = () =>
    eventually("the exporter answers", async () => {
      const target = `redis://${host}:${port}`;
      const answer = await fetch(`http://${listen}/scrape?target=${target}`).catch(() => undefined);
      return answer?.ok === true && answer.text();
    });
});

afterAll(async () => {
  await exporter?.stop();
  await redis?.stop();
  folder.remove();
});

describe("redis-exporter, with the user for it", () => {
  it("logs in, and shows the server's memory and role", async () => {
    const metrics = await scrape();
    expect(metrics, exporter?.output()).toMatch(/^redis_up(\{.*\})? 1$/m);
    expect(metrics).toMatch(/^redis_memory_max_bytes(\{.*\})? [1-9]/m);
    expect(metrics).toMatch(/^redis_instance_info\{.*role="master".*\} 1$/m);
  });

  it("counts sagas by state, and shows nothing of what is in them", async () => {
    const client = await redis?.connect(service);
    await client?.hSet("saga:consultation_patient42_1700000000", { status: "running", context: "heart disease" });
    client?.destroy();
    const metrics = await scrape();
    expect(metrics).toMatch(/^redis_script_values\{.*key="saga_state_running".*\} 1$/m);
    expect(metrics).toMatch(/^redis_script_values\{.*key="saga_stuck".*\} 1$/m);
    expect(metrics).not.toMatch(/patient42|heart disease/);
  });
});
