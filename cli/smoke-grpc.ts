import type { IncomingHttpHeaders } from "node:http2";
import { connect } from "node:http2";
import type { Reply } from "../delivery/smoke.ts";

/** A message without fields: not compressed, no bytes. https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md */
const emptyMessage = Buffer.alloc(5);

/** What the codes that a gateway or a service that is away gives mean over HTTP; all others are the service's own answer. */
const statuses: Readonly<Record<string, number>> = {
  "0": 200,
  "2": 500,
  "4": 504,
  "5": 404,
  "7": 403,
  "8": 429,
  // The method is made up where a route has none of its own: a service that says so has been reached.
  "12": 404,
  "13": 500,
  "14": 503,
  "16": 401,
};

const closed: Reply = { body: "the connection was closed without an answer" };

export interface GrpcCall {
  /** `/suoke.health.v1.HealthService/Get` */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Seconds. */
  readonly limit: number;
}

/**
 * Calls a gRPC method with an empty message.
 * @param url of the gateway; without TLS where it begins with http:
 */
export function askGrpc(url: string, { path, headers, limit }: GrpcCall): Promise<Reply> {
  return new Promise((resolve) => {
    const session = connect(url);
    const end = (reply: Reply): void => {
      session.destroy();
      resolve(reply);
    };
    session.on("error", (error: Error) => end({ body: error.message }));
    const request = session.request({
      ...headers,
      ":method": "POST",
      ":path": path,
      "content-type": "application/grpc",
      te: "trailers",
    });
    let head: IncomingHttpHeaders = {};
    let trailers: IncomingHttpHeaders = {};
    let body = "";
    request.setTimeout(limit * 1000, () => end({ body: `no answer within ${limit} s` }));
    request.on("response", (given: IncomingHttpHeaders) => (head = given));
    request.on("trailers", (given: IncomingHttpHeaders) => (trailers = given));
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("error", (error: Error) => end({ body: error.message }));
    request.on("end", () => end(replyOf({ ...head, ...trailers }, body)));
    // After an answer or an error this says nothing new.
    request.on("close", () => end(closed));
    request.end(emptyMessage);
  });
}

/** The gateway refuses by an HTTP status or by a code, a service by a code. */
function replyOf(headers: IncomingHttpHeaders, body: string): Reply {
  // A connection that is closed ends what never began.
  if (headers[":status"] === undefined) return closed;
  const http = Number(headers[":status"]);
  const code = headers["grpc-status"];
  const said = headers["grpc-message"];
  const status = http === 200 && code !== undefined ? (statuses[String(code)] ?? 400) : http;
  return { status, body: `${said === undefined ? "" : decoded(String(said))}${body}`.slice(0, 2000) };
}

/** Percent-encoded by the protocol, and not by everybody who speaks it. */
function decoded(message: string): string {
  try {
    return decodeURIComponent(message);
  } catch {
    return message;
  }
}
