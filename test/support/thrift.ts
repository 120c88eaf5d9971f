/** A span as the plan's exporter sends it: Thrift's compact protocol, one datagram (jaeger-idl, agent.thrift). */
export interface ThriftSpan {
  readonly service: string;
  readonly operation: string;
  readonly traceId: bigint;
  readonly spanId: bigint;
  readonly tags: Readonly<Record<string, string>>;
}

const types = { i32: 5, i64: 6, binary: 8, list: 9, struct: 12 } as const;
type Field = readonly [id: number, type: keyof typeof types, value: Buffer];

/** `emitBatch` with one span. */
export function emitBatch({ service, operation, traceId, spanId, tags }: ThriftSpan): Buffer {
  const span = struct(
    [1, "i64", zigzag(traceId)],
    [2, "i64", zigzag(0n)],
    [3, "i64", zigzag(spanId)],
    [4, "i64", zigzag(0n)],
    [5, "binary", text(operation)],
    [7, "i32", zigzag(1n)],
    [8, "i64", zigzag(BigInt(Date.now()) * 1000n)],
    [9, "i64", zigzag(1500n)],
    [10, "list", list(Object.entries(tags).map(([key, value]) => tag(key, value)))],
  );
  const batch = struct([1, "struct", struct([1, "binary", text(service)])], [2, "list", list([span])]);
  // Protocol, version 1 with the type of a call without an answer, sequence number, method.
  return Buffer.concat([Buffer.from([0x82, 0x81, 0]), text("emitBatch"), struct([1, "struct", batch])]);
}

function tag(key: string, value: string): Buffer {
  return struct([1, "binary", text(key)], [2, "i32", zigzag(0n)], [3, "binary", text(value)]);
}

/** Each field's id is written as the distance to the one before. */
function struct(...fields: readonly Field[]): Buffer {
  let last = 0;
  const parts = fields.flatMap(([id, type, value]) => {
    const head = Buffer.from([((id - last) << 4) | types[type]]);
    last = id;
    return [head, value];
  });
  return Buffer.concat([...parts, Buffer.from([0])]);
}

function list(structs: readonly Buffer[]): Buffer {
  if (structs.length >= 15) throw new Error("A longer list has another head.");
  return Buffer.concat([Buffer.from([(structs.length << 4) | types.struct]), ...structs]);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([varint(BigInt(bytes.length)), bytes]);
}

function zigzag(value: bigint): Buffer {
  return varint(BigInt.asUintN(64, (value << 1n) ^ (value >> 63n)));
}

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7n) {
    if (rest < 0x80n) return Buffer.from([...bytes, Number(rest)]);
    bytes.push(Number(rest & 0x7fn) | 0x80);
  }
}
