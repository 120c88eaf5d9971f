import { readFileSync } from "node:fs";
import { connect, constants } from "node:http2";
import { load } from "js-yaml";
import type { Cluster } from "../../cli/kubectl.ts";

/** Asks an API server over one connection, many questions at a time: kubectl would start a process for each. */
export interface ApiClient {
  readonly get: <T>(path: string) => Promise<T>;
  /** @param as the user in whose name it is asked, the client's own when absent */
  readonly post: <T>(path: string, body: object, as?: string) => Promise<T>;
  readonly close: () => void;
}

interface Kubeconfig {
  readonly contexts: readonly { readonly name: string; readonly context: { readonly user: string } }[];
  readonly clusters: readonly {
    readonly cluster: { readonly server: string; readonly "certificate-authority": string };
  }[];
  readonly users: readonly {
    readonly name: string;
    readonly user: { readonly "client-certificate": string; readonly "client-key": string };
  }[];
}

/** Questions under way at a time; the server takes 100 on one connection. */
const atOnce = 64;

/** A client with the certificate of a cluster's context, as the embedded cluster writes them. */
export function apiClient({ kubeconfig, context }: Cluster): ApiClient {
  const { contexts, clusters, users } = load(readFileSync(kubeconfig ?? "", "utf8")) as Kubeconfig;
  const name = contexts.find((each) => each.name === context)?.context.user;
  const user = users.find((each) => each.name === name)?.user;
  const cluster = clusters[0]?.cluster;
  if (user === undefined || cluster === undefined) throw new Error(`The kubeconfig has no context ${context}.`);
  const session = connect(cluster.server, {
    ca: readFileSync(cluster["certificate-authority"]),
    cert: readFileSync(user["client-certificate"]),
    key: readFileSync(user["client-key"]),
  });
  const waiting: (() => void)[] = [];
  let under = 0;
  const ask = async <T>(method: string, path: string, body?: object, as?: string): Promise<T> => {
    if (under >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve));
    under += 1;
    try {
      return await new Promise<T>((resolve, reject) => {
        const request = session.request({
          ":method": method,
          ":path": path,
          "content-type": "application/json",
          ...(as === undefined ? {} : { "impersonate-user": as }),
        });
        const parts: Buffer[] = [];
        let status = 0;
        request.on("response", (headers) => (status = Number(headers[constants.HTTP2_HEADER_STATUS])));
        request.on("data", (part: Buffer) => parts.push(part));
        request.on("error", reject);
        request.on("end", () => {
          const text = Buffer.concat(parts).toString();
          if (status >= 200 && status < 300) resolve(JSON.parse(text) as T);
          else reject(new Error(`${method} ${path}: ${status} ${text.slice(0, 300)}`));
        });
        request.end(body === undefined ? undefined : JSON.stringify(body));
      });
    } finally {
      under -= 1;
      waiting.shift()?.();
    }
  };
  return {
    get: (path) => ask("GET", path),
    post: (path, body, as) => ask("POST", path, body, as),
    close: () => session.close(),
  };
}
