import { createSocket } from "node:dgram";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { clusterNames, loadCluster } from "../../cli/generated.ts";
import { parseQuantity } from "../../kubernetes/quantity.ts";
import { toYaml } from "../../kubernetes/render.ts";
import { root } from "../../local/paths.ts";
import { runProgram, sleep } from "../../local/process.ts";
import { silent } from "../../local/progress.ts";
import { buildToolchain, programPath } from "../../local/toolchain.ts";
import { telemetryMonitoring } from "../../components/telemetry/monitoring.ts";
import { platform } from "../../stacks/platform.ts";
import type { Collector, CollectorConfig } from "../support/collector.ts";
import { renderedConfig, startCollector, substitute, testKey } from "../support/collector.ts";
import { daemonFolder } from "../support/daemon.ts";
import { committed, environmentOf } from "../support/environments.ts";
import type { NewSpan, Sink, Span } from "../support/otlp.ts";
import { sendSpans, startSink } from "../support/otlp.ts";
import { emitBatch } from "../support/thrift.ts";

beforeAll(() => buildToolchain(["otelcol"], silent), 900_000);

/** A trace's id, the same in each run. */
const traceId = (number: number): string =>
  number.toString(16).padStart(8, "0") + "9e3779b97f4a7c15f39cc060".slice(0, 24);
const spanId = (number: number): string => (number + 1).toString(16).padStart(16, "0");

/** The way of a span in an environment: an agent, gateways, and what stands for Jaeger and Prometheus. */
async function chain(environment: "dev" | "prod", gateways: number) {
  const { data } = environmentOf(environment);
  if (data.systems.tracing.kind !== "managed") throw new Error("It has collectors.");
  const { agent: agentSize, gateway: gatewaySize } = data.systems.tracing;
  const components = platform(environmentOf(environment));
  const sink = await startSink();
  const metrics = await startSink();
  const gatewayConfig = renderedConfig(components, "otel-gateway");
  const agentConfig = renderedConfig(components, "otel-agent");
  const behind: Collector[] = [];
  for (let index = 0; index < gateways; index += 1) {
    const memory = parseQuantity(gatewaySize.memory);
    behind.push(await startCollector(gatewayConfig, { next: [sink.endpoint], metrics: metrics.endpoint, memory }));
  }
  const agent = await startCollector(agentConfig, {
    next: behind.map(({ ports }) => `127.0.0.1:${ports.grpc}`),
    metrics: metrics.endpoint,
    memory: parseQuantity(agentSize.memory),
  });
  return {
    sink,
    metrics,
    agent,
    gateways: behind,
    agentLimit: parseQuantity(agentSize.memory),
    gatewayLimit: parseQuantity(gatewaySize.memory),
    stop: async () => {
      await Promise.all([agent, ...behind].map((each) => each.stop()));
      await Promise.all([sink.stop(), metrics.stop()]);
    },
  };
}

type Chain = Awaited<ReturnType<typeof chain>>;

async function until(what: string, condition: () => boolean, seconds = 60): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`It took longer than ${seconds} s until ${what}.`);
    await sleep(100);
  }
}

const arrived = (sink: Sink, name: string): Span | undefined => sink.spans().find((span) => span.name === name);

function datagram(port: number, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createSocket("udp4");
    socket.send(bytes, port, "127.0.0.1", (error) => {
      socket.close();
      if (error === null) resolve();
      else reject(error);
    });
  });
}

/** Sends one datagram again and again until its span is there: datagrams may be lost, what counts is that one comes through. */
async function sendUntilThere({ agent, sink }: Chain, name: string, bytes: Buffer): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (arrived(sink, name) === undefined) {
    if (performance.now() > deadline)
      throw new Error(`No span ${name} arrived:\n${agent.daemon().output().slice(-3000)}`);
    await datagram(agent.ports.thrift, bytes);
    await sleep(1000);
  }
}

async function expectValid(rendered: CollectorConfig): Promise<void> {
  const folder = daemonFolder("otelcol-validate");
  try {
    const places = { next: ["127.0.0.1:1"], metrics: "127.0.0.1:1", folder: folder.path, memory: 2 ** 29 };
    const { config } = await substitute(rendered, places);
    const file = join(folder.path, "config.yaml");
    writeFileSync(file, toYaml(config));
    const { code, output } = await runProgram({
      command: programPath("otelcol", "otelcol"),
      args: ["validate", `--config=${file}`],
      env: { PERSONAL_DATA_KEY: testKey, NODE_NAME: "node", ES_USERNAME: "user", ES_PASSWORD: "password" },
      limit: 60,
    });
    expect([code, output]).toEqual([0, ""]);
  } finally {
    folder.remove();
  }
}

describe.each(committed)("the collectors' configuration in $name", ({ environment }) => {
  it.each(["otel-agent", "otel-gateway"])("of %s is accepted by the real program", async (app) => {
    await expectValid(renderedConfig(platform(environment), app));
  });
});

describe.each(clusterNames(root))("the configuration of the nodes' log collectors of %s", (name) => {
  it("is accepted by the real program", async () => {
    await expectValid(renderedConfig(loadCluster(name, root), "otel-logs"));
  });
});

describe("a span on its way through agent and gateway", () => {
  let running: Chain;
  beforeAll(async () => {
    running = await chain("dev", 1);
  });
  afterAll(() => running.stop());

  it("arrives with its service when the plan's exporter sent it by UDP", async () => {
    const span = { service: "auth-service", operation: "by-thrift", traceId: 0xfeedn, spanId: 7n };
    const batch = emitBatch({ ...span, tags: { user_id: "thrift-user-31415" } });
    await sendUntilThere(running, "by-thrift", batch);
    expect(arrived(running.sink, "by-thrift")?.resource["service.name"]).toBe("auth-service");
    expect(arrived(running.sink, "by-thrift")?.traceId).toBe("feed".padStart(32, "0"));
  });

  it("keeps what is needed and loses what is personal, in names, attributes and messages", async () => {
    const attributes = {
      user_id: "otlp-user-27182",
      "enduser.id": 1618033988,
      "user.email": "li.ming@example.cn",
      diagnosis_type: "constitution-analysis",
      "http.url": "https://api.suoke.life/api/v1/diagnosis?user_id=query-user-577",
      agent_name: "xiaoai",
      note: "call 13912345678",
    };
    const span: NewSpan = {
      traceId: traceId(1),
      spanId: spanId(1),
      name: "diagnosis_creation for user_id=name-user-693",
      service: "xiaoai-service",
      error: true,
      attributes,
      events: [
        {
          name: "exception for user_id=event-name-161",
          attributes: {
            user_id: "event-user-141",
            symptoms: "dizziness-and-fatigue",
            "exception.message": "no record of patient_id=event-text-173",
            "exception.type": "NoSuchRecord",
          },
        },
      ],
    };
    expect(await sendSpans(running.agent.ports.http, [span])).toBe(true);
    const found = (): Span | undefined => running.sink.spans().find((each) => each.traceId === traceId(1));
    await until("the span was there", () => found() !== undefined);
    expect(found()?.resource["service.name"]).toBe("xiaoai-service");
    expect(found()?.attributes["agent_name"]).toBe("xiaoai");
    expect(found()?.attributes["user_id"]).toMatch(/^[0-9a-f]{64}$/);
    expect(found()?.attributes).not.toHaveProperty("diagnosis_type");
    expect(found()?.name).toBe("diagnosis_creation for ****");
    expect(["exception for ****", "NoSuchRecord"].filter((text) => !running.sink.contains(text))).toEqual([]);
  });

  it("has told neither Jaeger nor Prometheus who it was about", async () => {
    await until("metrics of spans were there", () => running.metrics.contains("xiaoai-service"));
    const personal = [
      "thrift-user-31415",
      "otlp-user-27182",
      "1618033988",
      "li.ming@example.cn",
      "constitution-analysis",
      "query-user-577",
      "13912345678",
      "name-user-693",
      "event-name-161",
      "event-user-141",
      "event-text-173",
      "dizziness-and-fatigue",
      // The message of the span's status.
      `user_id=${traceId(1)}`,
    ];
    for (const sink of [running.sink, running.metrics]) {
      expect(personal.filter((text) => sink.contains(text))).toEqual([]);
    }
  });

  it("hashes one user to one value, and two to two", async () => {
    const send = (number: number, user: string) =>
      sendSpans(running.agent.ports.http, [
        {
          traceId: traceId(number),
          spanId: spanId(number),
          name: `hash-${number}`,
          service: "s",
          attributes: { user_id: user },
        },
      ]);
    await send(11, "a");
    await send(12, "a");
    await send(13, "b");
    const hash = (number: number) => arrived(running.sink, `hash-${number}`)?.attributes["user_id"];
    await until("the spans were there", () => [11, 12, 13].every((number) => hash(number) !== undefined));
    expect(hash(11)).toBe(hash(12));
    expect(hash(13)).not.toBe(hash(11));
  });

  it("is counted by the names that alerts and dashboards know", async () => {
    const exposed = new Set<string>();
    for (const { ports } of [running.agent, ...running.gateways]) {
      const text = await (await fetch(`http://127.0.0.1:${ports.metrics}/metrics`)).text();
      for (const [name] of text.matchAll(/^otelcol_\w+/gm)) exposed.add(name);
    }
    // Those of log lines need a pipeline of them; those of losses are not there until something is lost.
    const [own] = telemetryMonitoring.exposed;
    const quiet = /log_records|send_failed|dropped_too_early/;
    const known = (own?.metrics ?? []).filter((name) => !quiet.test(name));
    expect(known.length).toBeGreaterThan(5);
    expect(known.filter((name) => !exposed.has(name))).toEqual([]);
  });

  it("is not stopped by datagrams that are none", async () => {
    const good = emitBatch({ service: "s", operation: "after-malformed", traceId: 0xbeefn, spanId: 1n, tags: {} });
    // Not the empty one: it may end the program, see the threat model.
    const bad = [Buffer.from("hello"), good.subarray(0, 20), Buffer.alloc(60_000, 0xff)];
    for (const bytes of bad) await datagram(running.agent.ports.thrift, bytes);
    await sendUntilThere(running, "after-malformed", good);
    expect(running.agent.daemon().running(), running.agent.daemon().output().slice(-3000)).toBe(true);
    expect(arrived(running.sink, "after-malformed")?.resource["service.name"]).toBe("s");
  });
});

describe("an agent that an empty datagram has ended", () => {
  let running: Chain;
  afterEach(() => running.stop());

  it("is started again on the same queue, and delivers what it had acknowledged and what comes then", async () => {
    running = await chain("dev", 1);
    const { agent, sink } = running;
    const [gateway] = running.gateways;
    // Nobody takes the spans, so that they are in the agent's queue when it ends.
    await gateway?.daemon().stop("SIGKILL");
    const send = (number: number, name: string) =>
      sendSpans(agent.ports.http, [
        { traceId: traceId(number), spanId: spanId(number), name, service: "s", error: true },
      ]);
    expect(await send(21, "before-the-end")).toBe(true);
    // Past the batch, into the queue on disk.
    await sleep(5_000);
    // Only the first datagram of a worker ends it, and nobody knows which worker is next.
    const deadline = performance.now() + 60_000;
    while (agent.daemon().running() && performance.now() < deadline) {
      await datagram(agent.ports.thrift, Buffer.alloc(0));
      await sleep(50);
    }
    expect(agent.daemon().running()).toBe(false);
    await agent.daemon().ended;
    expect(agent.daemon().output()).toMatch(/nil pointer dereference[^]*jaegerreceiver\/internal\/udpserver/);
    await gateway?.restart();
    await agent.restart();
    await until("what it had acknowledged was there", () => arrived(sink, "before-the-end") !== undefined);
    expect(await send(22, "after-the-end")).toBe(true);
    await until("what came then was there", () => arrived(sink, "after-the-end") !== undefined);
    const batch = emitBatch({ service: "s", operation: "thrift-after-the-end", traceId: 0xaaan, spanId: 1n, tags: {} });
    await sendUntilThere(running, "thrift-after-the-end", batch);
  });
});

describe("log lines on their way from a node to the store", () => {
  let running: Chain;
  let node: Collector;
  const files = daemonFolder("pod-logs");
  const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
  const line = (text: string): string => `2026-11-24T08:00:00.000000000Z stdout F ${text}\n`;
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

  it("lose what is personal, as JSON and as text", () => {
    const personal = ["log-user-1", "log-user-2", "tongue-diagnosis", "13912345678"];
    expect(personal.filter((text) => running.sink.contains(text))).toEqual([]);
  });

  it("come from the environment's own pods alone, and not from collectors", () => {
    expect(running.sink.contains("a line of another namespace")).toBe(false);
    expect(running.sink.contains("a line of a collector")).toBe(false);
  });
});

describe("sampling by two gateways", () => {
  let running: Chain;
  afterEach(() => running.stop());

  it("keeps all traces with an error whole, and the set share of the rest", async () => {
    running = await chain("prod", 2);
    const traces = Array.from({ length: 1000 }, (_, index) => index);
    const failed = traces.filter((index) => index % 100 === 0);
    // Spans of a trace come one by one: only their trace's id brings them together.
    for (let start = 0; start < traces.length; start += 50) {
      for (const part of [0, 1]) {
        const spans = traces.slice(start, start + 50).map((index): NewSpan => ({
          traceId: traceId(index * 7919),
          spanId: spanId(index * 2 + part),
          name: `part-${part}`,
          service: "auth-service",
          error: part === 1 && failed.includes(index),
        }));
        expect(await sendSpans(running.agent.ports.http, spans)).toBe(true);
      }
    }
    const partsOf = (): Map<string, Set<string>> => {
      const parts = new Map<string, Set<string>>();
      for (const span of running.sink.spans()) {
        parts.set(span.traceId, (parts.get(span.traceId) ?? new Set()).add(span.name));
      }
      return parts;
    };
    await until("the traces with errors were there", () =>
      failed.every((index) => partsOf().get(traceId(index * 7919))?.size === 2),
    );
    // Two seconds until a trace is decided on: when nothing has come for five, everything has been.
    let quiet = performance.now();
    let before = 0;
    await until("nothing more came", () => {
      const count = running.sink.spans().length;
      if (count !== before) quiet = performance.now();
      before = count;
      return performance.now() - quiet > 5_000;
    });
    const parts = partsOf();
    expect([...parts.values()].filter((names) => names.size !== 2)).toEqual([]);
    const rest = parts.size - failed.length;
    // A tenth of 990, within four standard deviations of a fair draw.
    expect(Math.abs(rest - 99)).toBeLessThanOrEqual(4 * Math.sqrt(990 * 0.1 * 0.9));
  });
});

describe("a store that is away for half a minute", () => {
  let running: Chain;
  afterEach(() => running.stop());

  it("costs no span that was acknowledged, and no more memory than there is", async () => {
    running = await chain("dev", 1);
    const acknowledged = new Set<string>();
    let most = { agent: 0, gateway: 0 };
    running.sink.setAway(true);
    const end = performance.now() + 30_000;
    for (let number = 0; performance.now() < end; number += 1) {
      const spans = Array.from({ length: 100 }, (_, index): NewSpan => ({
        traceId: traceId(number * 100 + index + 1_000_000),
        spanId: spanId(number * 100 + index),
        name: "under-load",
        service: "auth-service",
        attributes: { padding: "x".repeat(500) },
      }));
      if (await sendSpans(running.agent.ports.http, spans)) spans.forEach((span) => acknowledged.add(span.traceId));
      most = {
        agent: Math.max(most.agent, running.agent.memory()),
        gateway: Math.max(most.gateway, running.gateways[0]?.memory() ?? 0),
      };
      await sleep(20);
    }
    expect(acknowledged.size).toBeGreaterThan(1000);
    running.sink.setAway(false);
    const missing = (): number => {
      const there = new Set(running.sink.spans().map((span) => span.traceId));
      return [...acknowledged].filter((id) => !there.has(id)).length;
    };
    await until("everything had arrived", () => missing() === 0, 180);
    expect(most.agent).toBeLessThan(running.agentLimit);
    expect(most.gateway).toBeLessThan(running.gatewayLimit);
  }, 300_000);
});
