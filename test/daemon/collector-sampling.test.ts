import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { silent } from "../../local/progress.ts";
import { buildToolchain } from "../../local/toolchain.ts";
import type { Chain } from "../support/collector-chain.ts";
import { chain, spanId, traceId, until } from "../support/collector-chain.ts";
import type { NewSpan } from "../support/otlp.ts";
import { sendSpans } from "../support/otlp.ts";

beforeAll(() => buildToolchain(["otelcol"], silent), 900_000);

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
