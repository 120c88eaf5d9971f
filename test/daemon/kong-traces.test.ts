import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseQuantity } from "../../kubernetes/quantity.ts";
import { silent } from "../../local/progress.ts";
import { buildToolchain } from "../../local/toolchain.ts";
import type { Collector } from "../support/collector.ts";
import { renderedConfig, startCollector } from "../support/collector.ts";
import { eventually } from "../support/daemon.ts";
import { built, environmentOf } from "../support/environments.ts";
import type { Sink } from "../support/otlp.ts";
import { sendSpans, startSink } from "../support/otlp.ts";

// What Kong puts on its spans: https://docs.konghq.com/gateway/3.9.x/production/tracing/. It sends them over HTTP.

const traceId = "0af7651916cd43dd8448eb211c80319c";
const prod = environmentOf("prod");

let sink: Sink;
let agent: Collector;
beforeAll(async () => {
  await buildToolchain(["otelcol"], silent);
  const { tracing } = prod.data.systems;
  if (tracing.kind !== "managed") throw new Error("It has collectors.");
  sink = await startSink();
  agent = await startCollector(renderedConfig(built(prod), "otel-agent"), {
    next: [sink.endpoint],
    metrics: sink.endpoint,
    memory: parseQuantity(tracing.agent.memory),
  });
}, 900_000);
afterAll(async () => {
  await agent.stop();
  await sink.stop();
});

describe("spans of the public entry", () => {
  it("reach the gateways by the node's collector, without the client's address and the user's id", async () => {
    const user = "8f14e45f-ceea-467f-9b3d-1c2a3b4c5d6e";
    const sent = await sendSpans(agent.ports.http, [
      {
        traceId,
        spanId: "b7ad6b7169203331",
        name: "kong",
        service: "kong",
        attributes: {
          "http.client_ip": "203.0.113.77",
          "http.flavor": "2",
          "http.host": "api.suoke.life",
          "http.method": "GET",
          "http.route": "/api/v1/users",
          "http.url": `https://api.suoke.life/api/v1/users/${user}?user_id=${user}`,
          "net.peer.ip": "203.0.113.77",
        },
      },
      {
        traceId,
        spanId: "00f067aa0ba902b7",
        name: "kong.balancer",
        service: "kong",
        attributes: { "net.peer.ip": "10.42.0.17", "net.peer.name": "user-service", "net.peer.port": 8000 },
      },
    ]);
    expect(sent).toBe(true);
    await eventually("both spans arrive", () => Promise.resolve(sink.spans().length >= 2));
    const request = sink.spans().find(({ name }) => name === "kong");
    expect(request?.attributes).toMatchObject({ "http.host": "api.suoke.life", "http.route": "/api/v1/users" });
    expect(request?.attributes["http.url"]).toMatch(/^https:\/\/api\.suoke\.life\/api\/v1/);
    const call = sink.spans().find(({ name }) => name === "kong.balancer");
    expect([call?.traceId, call?.attributes["net.peer.name"]]).toEqual([traceId, "user-service"]);
    for (const personal of ["203.0.113.77", user]) expect(sink.contains(personal), personal).toBe(false);
  });
});
