import { createSocket } from "node:dgram";
import { parseQuantity } from "../../kubernetes/quantity.ts";
import { sleep } from "../../local/process.ts";
import { platform } from "../../stacks/platform.ts";
import type { Collector } from "./collector.ts";
import { renderedArgs, renderedConfig, startCollector } from "./collector.ts";
import { environmentOf } from "./environments.ts";
import type { Sink, Span } from "./otlp.ts";
import { startSink } from "./otlp.ts";

/** A trace's id, the same in each run. */
export const traceId = (number: number): string =>
  number.toString(16).padStart(8, "0") + "9e3779b97f4a7c15f39cc060".slice(0, 24);
export const spanId = (number: number): string => (number + 1).toString(16).padStart(16, "0");

/** The way of a span in an environment: an agent, gateways, and what stands for Jaeger and Prometheus. */
export async function chain(environment: "dev" | "prod", gateways: number) {
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
    args: renderedArgs(components, "otel-agent"),
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

export type Chain = Awaited<ReturnType<typeof chain>>;

export async function until(what: string, condition: () => boolean, seconds = 60): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`It took longer than ${seconds} s until ${what}.`);
    await sleep(100);
  }
}

export const arrived = (sink: Sink, name: string): Span | undefined => sink.spans().find((span) => span.name === name);

export function datagram(port: number, bytes: Buffer): Promise<void> {
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
export async function sendUntilThere({ agent, sink }: Chain, name: string, bytes: Buffer): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (arrived(sink, name) === undefined) {
    if (performance.now() > deadline)
      throw new Error(`No span ${name} arrived:\n${agent.daemon().output().slice(-3000)}`);
    await datagram(agent.ports.thrift, bytes);
    await sleep(1000);
  }
}
