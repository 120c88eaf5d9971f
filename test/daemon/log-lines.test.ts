import { appendFileSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadCluster } from "../../cli/generated.ts";
import { logFields } from "../../components/elasticsearch/log-documents.ts";
import { root } from "../../local/paths.ts";
import { sleep } from "../../local/process.ts";
import { silent } from "../../local/progress.ts";
import { buildToolchain } from "../../local/toolchain.ts";
import type { Chain } from "../support/collector-chain.ts";
import { chain, until } from "../support/collector-chain.ts";
import type { Collector } from "../support/collector.ts";
import { renderedConfig, startCollector } from "../support/collector.ts";
import { daemonFolder } from "../support/daemon.ts";

beforeAll(() => buildToolchain(["otelcol"], silent), 900_000);

/** A line as the container runtime writes it. */
const line = (text: string): string => `2026-11-24T08:00:00.000000000Z stdout F ${text}\n`;

describe("log lines on their way from a node to the store", () => {
  let running: Chain;
  let node: Collector;
  const files = daemonFolder("pod-logs");
  const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
  const write = (pod: string, container: string, ...lines: readonly string[]): void => {
    const folder = join(files.path, pod, container);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "0.log"), lines.map(line).join(""));
  };

  beforeAll(async () => {
    running = await chain("dev", 1);
    const [gateway] = running.gateways;
    const record = {
      level: "ERROR",
      message: "diagnosis for user_id=log-user-1 failed",
      trace_id: trace,
      span_id: "00f067aa0ba902b7",
      user_id: "log-user-2",
      diagnosis_type: "tongue-diagnosis",
      attempt: 3,
    };
    write(
      "suoke-life-dev_xiaoai-service-7d9_1f0a",
      "xiaoai-service",
      JSON.stringify(record),
      "plain text, 13912345678",
    );
    write("suoke-life-dev_otel-gateway-0_2f0b", "otel-gateway", "a line of a collector");
    write("kube-system_coredns-1_3f0c", "coredns", "a line of another namespace");
    node = await startCollector(renderedConfig(loadCluster("local", root), "otel-logs"), {
      next: [`127.0.0.1:${gateway?.ports.logs}`],
      metrics: running.metrics.endpoint,
      memory: 256 * 2 ** 20,
      pods: files.path,
    });
    await until("the lines were there", () => running.sink.contains("plain text"));
  });
  afterAll(async () => {
    await node.stop();
    await running.stop();
    files.remove();
  });

  it("keep their trace, their pod and what else a service says", () => {
    const wanted = [
      Buffer.from(trace, "hex"),
      "xiaoai-service-7d9",
      "suoke-life-dev",
      "diagnosis for ",
      " failed",
      "ERROR",
      "attempt",
    ];
    expect(wanted.filter((text) => !running.sink.contains(text))).toEqual([]);
  });

  it("have what a document of the store is made from, in the fields that Grafana asks for", () => {
    const found = running.sink.lines().find(({ traceId }) => traceId === trace);
    // The time is the container runtime's.
    const time = `${Date.parse("2026-11-24T08:00:00Z")}000000`;
    expect(found).toMatchObject({ time, severityText: "ERROR", traceId: trace, spanId: "00f067aa0ba902b7" });
    for (const [field, { part }] of Object.entries(logFields)) expect(found?.[part], field).not.toBe("");
    expect(found?.body).toMatch(/^diagnosis for \S+ failed$/);
  });

  it("lose what is personal, as JSON and as text", () => {
    const personal = ["log-user-1", "log-user-2", "tongue-diagnosis", "13912345678"];
    expect(personal.filter((text) => running.sink.contains(text))).toEqual([]);
  });

  it("come from the environment's own pods alone, and not from collectors", () => {
    expect(running.sink.contains("a line of another namespace")).toBe(false);
    expect(running.sink.contains("a line of a collector")).toBe(false);
  });
});

describe("a store of log lines that is away", () => {
  let running: Chain;
  let node: Collector;
  const files = daemonFolder("store-away");
  beforeAll(async () => {
    running = await chain("dev", 1);
    node = await startCollector(renderedConfig(loadCluster("local", root), "otel-logs"), {
      next: [`127.0.0.1:${running.gateways[0]?.ports.logs}`],
      metrics: running.metrics.endpoint,
      memory: 256 * 2 ** 20,
      pods: files.path,
    });
  });
  afterAll(async () => {
    await running.stop();
    files.remove();
  });

  /** What a collector has handed on, by its own count. */
  async function sent({ ports }: Collector, exporter: string): Promise<number> {
    const text = await (await fetch(`http://127.0.0.1:${ports.metrics}/metrics`)).text();
    const [, value] =
      new RegExp(`^otelcol_exporter_sent_log_records\\{[^}]*exporter="${exporter}"[^}]*\\} (\\S+)$`, "m").exec(text) ??
      [];
    return Number(value ?? 0);
  }

  it("costs no line that a gateway has taken, even when it is killed meanwhile", async () => {
    const [gateway] = running.gateways;
    if (gateway === undefined) throw new Error("There is a gateway.");
    const texts = Array.from({ length: 300 }, (_, index) => `line ${index + 1} of the outage.`);
    running.sink.setAway(true);
    const folder = join(files.path, "suoke-life-dev_xiaoai-service-7d9_1f0a", "xiaoai-service");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "0.log"), texts.map(line).join(""));
    const deadline = performance.now() + 60_000;
    while ((await sent(node, "otlp_grpc/dev")) < texts.length && performance.now() < deadline) await sleep(200);
    expect(await sent(node, "otlp_grpc/dev")).toBe(texts.length);
    // The node has none of them any more.
    await node.stop();
    // Longer than the store's exporter tries in this test, which is once.
    await sleep(10_000);
    expect(await sent(gateway, "otlp_grpc/lines")).toBe(0);
    await gateway.daemon().stop("SIGKILL");
    await gateway.restart();
    running.sink.setAway(false);
    await until("every line had arrived", () => texts.every((text) => running.sink.contains(text)), 120);
  }, 300_000);
});

describe("a pod that writes more than is read", () => {
  let running: Chain;
  let node: Collector;
  const files = daemonFolder("noisy-pod");
  const memory = 256 * 2 ** 20;
  const folderOf = (namespace: string, pod: string): string => join(files.path, `${namespace}_${pod}-7d9_1f0a`, pod);
  let stop = false;
  let written: Promise<void> | undefined;

  beforeAll(async () => {
    running = await chain("dev", 1);
    for (const [namespace, pod] of [
      ["suoke-life-dev", "noisy"],
      ["suoke-life-dev", "quiet"],
      ["suoke-life-staging", "quiet"],
    ] as const)
      mkdirSync(folderOf(namespace, pod), { recursive: true });
    node = await startCollector(renderedConfig(loadCluster("local", root), "otel-logs"), {
      next: [`127.0.0.1:${running.gateways[0]?.ports.logs}`],
      metrics: running.metrics.endpoint,
      memory,
      pods: files.path,
    });
  });
  afterAll(async () => {
    stop = true;
    await written;
    await node.stop();
    await running.stop();
    files.remove();
  });

  /** A mebibyte again and again, in files of ten, as the kubelet keeps them: the last one beside the present. */
  async function makeNoise(): Promise<void> {
    const folder = folderOf("suoke-life-dev", "noisy");
    const mebibyte = line("n".repeat(450)).repeat(2 ** 11);
    for (let count = 1; !stop; count += 1) {
      appendFileSync(join(folder, "0.log"), count === 1 ? line("the noise begins") + mebibyte : mebibyte);
      if (count % 10 === 0) renameSync(join(folder, "0.log"), join(folder, "0.log.rotated"));
      await sleep(50);
    }
  }

  it("keeps neither its neighbours' lines nor another environment's from arriving, and takes no more memory than there is", async () => {
    written = makeNoise();
    await until("the noise arrived", () => running.sink.contains("the noise begins"));
    let most = 0;
    for (const round of [1, 2, 3]) {
      for (const namespace of ["suoke-life-dev", "suoke-life-staging"])
        appendFileSync(join(folderOf(namespace, "quiet"), "0.log"), line(`${namespace} says ${round}`));
      // The noise goes on all the while: who is kept waiting for its end would wait for ever.
      for (const namespace of ["suoke-life-dev", "suoke-life-staging"])
        await until(
          `line ${round} of ${namespace} arrived`,
          () => {
            most = Math.max(most, node.memory());
            return running.sink.contains(`${namespace} says ${round}`);
          },
          120,
        );
    }
    expect(stop).toBe(false);
    expect(most).toBeLessThan(memory);
  }, 400_000);
});
