import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { clusterNames, loadCluster } from "../../cli/generated.ts";
import { toYaml } from "../../kubernetes/render.ts";
import { root } from "../../local/paths.ts";
import { runProgram } from "../../local/process.ts";
import { silent } from "../../local/progress.ts";
import { buildToolchain, programPath } from "../../local/toolchain.ts";
import { telemetryMonitoring } from "../../components/telemetry/monitoring.ts";
import { platform } from "../../stacks/platform.ts";
import type { CollectorConfig } from "../support/collector.ts";
import { renderedConfig, testKey } from "../support/collector.ts";
import { unofferedSchemas } from "../support/collector-schemas.ts";
import type { Chain } from "../support/collector-chain.ts";
import { arrived, chain, datagram, sendUntilThere, spanId, traceId, until } from "../support/collector-chain.ts";
import { daemonFolder } from "../support/daemon.ts";
import { committed } from "../support/environments.ts";
import type { NewSpan, Span } from "../support/otlp.ts";
import { sendSpans } from "../support/otlp.ts";
import { emitBatch } from "../support/thrift.ts";

beforeAll(() => buildToolchain(["otelcol"], silent), 900_000);

/** The configuration as it is, but for what no Go module offers: that has a schema of its own. Nothing starts, so nothing is asked. */
function withoutUnoffered(rendered: CollectorConfig): CollectorConfig {
  const config = structuredClone(rendered);
  const offered = (name: string): boolean => unofferedSchemas[name.split("/")[0] ?? ""] === undefined;
  const only = <Value>(parts: Record<string, Value>): Record<string, Value> =>
    Object.fromEntries(Object.entries(parts).filter(([name]) => offered(name)));
  config.exporters = { ...only(config.exporters), debug: {} };
  if (config.connectors !== undefined) config.connectors = only(config.connectors);
  for (const pipeline of Object.values(config.service.pipelines)) {
    pipeline.receivers = pipeline.receivers.filter(offered);
    const exporters = pipeline.exporters.filter(offered);
    pipeline.exporters = exporters.length === 0 ? ["debug"] : exporters;
  }
  return config;
}

async function expectValid(rendered: CollectorConfig): Promise<void> {
  const folder = daemonFolder("otelcol-validate");
  try {
    const config = withoutUnoffered(rendered);
    const storage = config.extensions["file_storage"] ?? {};
    Object.assign(storage, { directory: folder.path });
    Object.assign(storage["compaction"] as object, { directory: folder.path });
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
      links: [{ "batch.of": "patient link-text-199", user_id: "link-user-211" }],
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
      "link-text-199",
      "link-user-211",
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
