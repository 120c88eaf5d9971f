import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sleep } from "../local/process.ts";
import { UsageError } from "../policies/finding.ts";
import type { Cluster } from "./kubectl.ts";
import { unreachable } from "./kubectl.ts";

/** An answer of the API server. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** One request to the API server. */
export interface Call {
  readonly method: "GET" | "PATCH" | "POST";
  readonly path: string;
  /** What the body is, when there is one. */
  readonly type?: string;
  readonly accept?: string;
  readonly body?: string;
}

/** Talks to the API server of a cluster. @throws {UsageError} when it does not answer */
export type Api = (call: Call) => Promise<Answer>;

/** Milliseconds that kubectl may take to start, and the server to answer. */
const patience = 20_000;

/**
 * Talks to a cluster through `kubectl proxy`, which knows every way to log in that a kubeconfig can name. It listens on a
 * socket in a folder of its own, so that nobody else on the machine can use it, and ends with the work.
 * @throws {UsageError} when the cluster cannot be reached
 */
export async function withApi<T>(cluster: Cluster, use: (api: Api) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "suoke-api-"));
  const socket = join(folder, "api");
  const args = [
    ...(cluster.kubeconfig === undefined ? [] : ["--kubeconfig", cluster.kubeconfig]),
    ...["--context", cluster.context, "proxy", "--unix-socket", socket],
  ];
  const child = spawn(cluster.kubectl, args, { stdio: ["ignore", "pipe", "pipe"] });
  const stop = (): void => void child.kill();
  process.once("exit", stop);
  try {
    await started(child, cluster);
    return await use(patiently((call) => ask(socket, cluster, call)));
  } finally {
    process.removeListener("exit", stop);
    stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** How often a busy server is asked again, a second apart. */
const tries = 15;

/** A server that is busy, or has just learned a kind, says so (429) and is asked again. Its last answer counts. */
export function patiently(api: Api, pause: () => Promise<void> = () => sleep(1_000)): Api {
  return async (call) => {
    for (let again = tries; again > 0; again -= 1) {
      const answer = await api(call);
      if (answer.status !== 429) return answer;
      await pause();
    }
    return api(call);
  };
}

function started(child: ReturnType<typeof spawn>, cluster: Cluster): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = "";
    const timer = setTimeout(() => reject(unreachable(cluster, "kubectl proxy did not start")), patience);
    const end = (error?: UsageError): void => {
      clearTimeout(timer);
      if (error === undefined) resolve();
      else reject(error);
    };
    const hear = (chunk: Buffer): void => {
      said += chunk.toString();
      if (said.includes("Starting to serve")) end();
    };
    child.stdout?.on("data", hear);
    child.stderr?.on("data", hear);
    child.on("error", ({ message }) =>
      end(new UsageError(`${cluster.kubectl} could not be run: ${message}. Install kubectl, or put it on PATH.`)),
    );
    child.on("close", () => end(unreachable(cluster, said.trim().split("\n").at(-1) ?? "")));
  });
}

function ask(socket: string, cluster: Cluster, { method, path, type, accept, body }: Call): Promise<Answer> {
  const headers = {
    host: "localhost",
    accept: accept ?? "application/json",
    ...(type === undefined ? {} : { "content-type": type }),
  };
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath: socket, method, path, headers, timeout: patience }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      // An answer that is cut off has no end, and the request has no error any more.
      response.on("error", ({ message }) => reject(unreachable(cluster, message)));
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        const status = response.statusCode ?? 0;
        // The proxy's own answers are text: it could not reach the server, or not log in.
        const answer = json(text);
        if (answer === undefined || status === 401) reject(unreachable(cluster, text.trim().slice(0, 300)));
        else resolve({ status, body: answer });
      });
    });
    sent.on("timeout", () => sent.destroy(new Error("no answer in time")));
    sent.on("error", ({ message }) => reject(unreachable(cluster, message)));
    sent.end(body);
  });
}

function json(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
