import type { Server } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Probe } from "../../delivery/smoke.ts";

/** What stands for everything that a pipeline asks over HTTP: the gateway, Prometheus. */
export interface Stub {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/**
 * A gateway that turns away what has no token, as the real one does; containers of the embedded cluster are simulated.
 * @param healthy whether the service behind a route works at the moment
 */
export async function gateway(
  probes: readonly Probe[],
  healthy: (service: string) => Promise<boolean>,
): Promise<Stub & { readonly traces: ReadonlySet<string> }> {
  const traces = new Set<string>();
  const server = createServer((request, response) => {
    const trace = String(request.headers["traceparent"] ?? "").split("-")[1];
    if (trace !== undefined) traces.add(trace);
    const probe = probes.find(({ path, method }) => path === request.url && method === request.method);
    void (async () => {
      if (probe === undefined) response.writeHead(404).end('{"message":"no Route matched with those values"}');
      else if (!(await healthy(probe.service))) response.writeHead(502).end("bad gateway");
      else response.writeHead(probe.auth === "jwt" ? 401 : 422).end("{}");
    })();
  });
  return { ...(await listen(server)), traces };
}

/** Jaeger's query API and Elasticsearch in one, which know of these traces. */
export function stores(traces: ReadonlySet<string>): Promise<Stub> {
  const server = createServer((request, response) => {
    const trace = /[0-9a-f]{32}$/.exec(request.url ?? "")?.[0];
    const known = trace !== undefined && traces.has(trace);
    if (request.url?.startsWith("/_search") === true)
      response.end(JSON.stringify({ hits: { total: { value: known ? 1 : 0 } } }));
    else response.writeHead(known ? 200 : 404).end(JSON.stringify({ data: known ? [{}] : null }));
  });
  return listen(server);
}

/** A Prometheus that answers every query with these values by service. */
export function prometheus(values: () => Readonly<Record<string, number>>): Promise<Stub> {
  const server = createServer((_, response) => {
    const result = Object.entries(values()).map(([service, value]) => ({
      metric: { service },
      value: [0, String(value)],
    }));
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ status: "success", data: { resultType: "vector", result } }));
  });
  return listen(server);
}

export function listen(server: Server): Promise<Stub> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      const close = (): Promise<void> =>
        new Promise((done) => {
          server.closeAllConnections();
          server.close(() => done());
        });
      resolve({ url: `http://127.0.0.1:${port}`, close });
    });
  });
}
