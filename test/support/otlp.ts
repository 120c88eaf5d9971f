import * as grpc from "@grpc/grpc-js";

/** A span that arrived. */
export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly name: string;
  readonly resource: Readonly<Record<string, string>>;
  readonly attributes: Readonly<Record<string, string>>;
}

/** A log line that arrived. What it lacks is empty. */
export interface LogLine {
  readonly time: string;
  readonly body: string;
  readonly severityText: string;
  readonly traceId: string;
  readonly spanId: string;
}

/** Takes OTLP over gRPC in Jaeger's and Prometheus' place, keeps every byte, and can be away for a while. */
export interface Sink {
  readonly endpoint: string;
  readonly spans: () => readonly Span[];
  readonly lines: () => readonly LogLine[];
  /** Whether a text is anywhere in what has arrived. */
  readonly contains: (text: string | Buffer) => boolean;
  /** Refuses everything, as a store that is away does. */
  readonly setAway: (away: boolean) => void;
  readonly stop: () => Promise<void>;
}

export async function startSink(): Promise<Sink> {
  const received: Buffer[] = [];
  const spans: Span[] = [];
  const lines: LogLine[] = [];
  let away = false;
  const server = new grpc.Server({ "grpc.max_receive_message_length": 64 * 1024 * 1024 });
  const take =
    (keep: (message: Buffer) => unknown): grpc.handleUnaryCall<Buffer, Buffer> =>
    ({ request }, answer) => {
      if (away) {
        answer({ code: grpc.status.UNAVAILABLE, details: "away" });
        return;
      }
      received.push(request);
      keep(request);
      answer(null, Buffer.alloc(0));
    };
  const method = (signal: "trace" | "metrics" | "logs", service: string) => ({
    Export: {
      path: `/opentelemetry.proto.collector.${signal}.v1.${service}/Export`,
      requestStream: false,
      responseStream: false,
      requestSerialize: (bytes: Buffer) => bytes,
      requestDeserialize: (bytes: Buffer) => bytes,
      responseSerialize: (bytes: Buffer) => bytes,
      responseDeserialize: (bytes: Buffer) => bytes,
    },
  });
  server.addService(method("trace", "TraceService"), {
    Export: take((message) => spans.push(...decodeSpans(message))),
  });
  server.addService(method("metrics", "MetricsService"), { Export: take(() => undefined) });
  server.addService(method("logs", "LogsService"), {
    Export: take((message) => lines.push(...decodeLines(message))),
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return {
    endpoint: `127.0.0.1:${port}`,
    spans: () => spans,
    lines: () => lines,
    contains: (text) => received.some((bytes) => bytes.includes(text)),
    setAway: (value) => {
      away = value;
    },
    stop: () =>
      new Promise((resolve) => {
        server.forceShutdown();
        resolve();
      }),
  };
}

/** `ExportTraceServiceRequest`, as far as tests look at it: opentelemetry-proto, trace.proto. */
export function decodeSpans(message: Buffer): Span[] {
  return children(message, 1).flatMap((resourceSpans) => {
    const resource = attributes(children(resourceSpans, 1)[0] ?? Buffer.alloc(0), 1);
    return children(resourceSpans, 2)
      .flatMap((scope) => children(scope, 2))
      .map((span) => ({
        traceId: (children(span, 1)[0] ?? Buffer.alloc(0)).toString("hex"),
        spanId: (children(span, 2)[0] ?? Buffer.alloc(0)).toString("hex"),
        name: (children(span, 5)[0] ?? Buffer.alloc(0)).toString(),
        resource,
        attributes: attributes(span, 9),
      }));
  });
}

/** `ExportLogsServiceRequest`, likewise: logs.proto. */
function decodeLines(message: Buffer): LogLine[] {
  const first = (parent: Buffer, field: number): Buffer => children(parent, field)[0] ?? Buffer.alloc(0);
  return children(message, 1)
    .flatMap((resourceLogs) => children(resourceLogs, 2))
    .flatMap((scope) => children(scope, 2))
    .map((record) => ({
      time: first(record, 1).length === 8 ? String(first(record, 1).readBigUInt64LE()) : "",
      body: first(first(record, 5), 1).toString(),
      severityText: first(record, 3).toString(),
      traceId: first(record, 9).toString("hex"),
      spanId: first(record, 10).toString("hex"),
    }));
}

/** Those that are strings. */
function attributes(message: Buffer, field: number): Record<string, string> {
  return Object.fromEntries(
    children(message, field).map((pair) => [
      String(children(pair, 1)[0] ?? ""),
      String(children(children(pair, 2)[0] ?? Buffer.alloc(0), 1)[0] ?? ""),
    ]),
  );
}

/** All values of one field that has a length, or eight bytes. */
function children(message: Buffer, field: number): Buffer[] {
  const found: Buffer[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = message[at++] ?? 0;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const key = varint();
    switch (key & 7) {
      case 0:
        varint();
        break;
      case 1:
        if (key >> 3 === field) found.push(message.subarray(at, at + 8));
        at += 8;
        break;
      case 2: {
        const length = varint();
        if (key >> 3 === field) found.push(message.subarray(at, at + length));
        at += length;
        break;
      }
      case 5:
        at += 4;
        break;
      default:
        throw new Error(`There is no wire type ${key & 7}.`);
    }
  }
  return found;
}

/** A span to send, as OTLP's JSON has it. */
export interface NewSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly name: string;
  readonly service: string;
  readonly error?: boolean;
  readonly milliseconds?: number;
  readonly attributes?: Readonly<Record<string, string | number>>;
  /** What happened in it, with more attributes. */
  readonly events?: readonly {
    readonly name: string;
    readonly attributes: Readonly<Record<string, string | number>>;
  }[];
  /** Attributes of links to other spans. */
  readonly links?: readonly Readonly<Record<string, string | number>>[];
}

/** Sends spans to a collector. @returns whether it took them */
export async function sendSpans(port: number, spans: readonly NewSpan[]): Promise<boolean> {
  const now = BigInt(Date.now()) * 1_000_000n;
  const resourceSpans = [...Map.groupBy(spans, ({ service }) => service)].map(([service, own]) => ({
    resource: { attributes: [keyValue("service.name", service)] },
    scopeSpans: [
      {
        spans: own.map((span) => ({
          traceId: span.traceId,
          spanId: span.spanId,
          name: span.name,
          kind: 2,
          startTimeUnixNano: String(now),
          endTimeUnixNano: String(now + BigInt(span.milliseconds ?? 10) * 1_000_000n),
          attributes: keyValues(span.attributes),
          events: (span.events ?? []).map(({ name, attributes: own }) => ({
            timeUnixNano: String(now),
            name,
            attributes: keyValues(own),
          })),
          links: (span.links ?? []).map((own) => ({
            traceId: "c0ffee".padStart(32, "0"),
            spanId: "c0ffee".padStart(16, "0"),
            attributes: keyValues(own),
          })),
          status: span.error === true ? { code: 2, message: `failed for user_id=${span.traceId}` } : {},
        })),
      },
    ],
  }));
  try {
    const response = await fetch(`http://127.0.0.1:${port}/v1/traces`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ resourceSpans }),
    });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

function keyValues(pairs: NewSpan["attributes"] = {}): object[] {
  return Object.entries(pairs).map(([key, value]) => keyValue(key, value));
}

function keyValue(key: string, value: string | number): object {
  return { key, value: typeof value === "string" ? { stringValue: value } : { intValue: String(value) } };
}
