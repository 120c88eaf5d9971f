import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { sleep } from "../../local/process.ts";
import { silent } from "../../local/progress.ts";
import { buildToolchain } from "../../local/toolchain.ts";
import type { Chain } from "../support/collector-chain.ts";
import { arrived, chain, datagram, sendUntilThere, spanId, traceId, until } from "../support/collector-chain.ts";
import type { NewSpan } from "../support/otlp.ts";
import { sendSpans } from "../support/otlp.ts";
import { emitBatch } from "../support/thrift.ts";

beforeAll(() => buildToolchain(["otelcol"], silent), 900_000);

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
