import { cpSync } from "node:fs";
import { join } from "node:path";
import { createClient } from "@redis/client";
import type { Redis } from "../../../components/redis/redis.ts";
import type { Endpoint } from "../../../kubernetes/handles.ts";
import type { KubernetesObject } from "../../../kubernetes/manifest.ts";
import { objectsOf } from "../../../kubernetes/manifest.ts";
import { shortHash } from "../../../kubernetes/names.ts";
import type { SecretExpression } from "../../../kubernetes/secrets.ts";
import type { Sink } from "../../../kubernetes/sinks.ts";
import { evaluate } from "../../../kubernetes/sinks.ts";
import { isSecret } from "../../../kubernetes/secrets.ts";
import { unpackDebian } from "../../../local/debian.ts";
import type { Ended } from "../../../local/process.ts";
import { daemonFolder, eventually, freePort } from "../daemon.ts";
import type { Host, Pod } from "./pods.ts";
import { startPod } from "./pods.ts";

/** Redis, Sentinel and HAProxy of the distribution, with the libraries that a machine need not have. */
const packages = [
  ...["redis-server", "redis-sentinel", "redis-tools", "haproxy"],
  ...[
    "libatomic1",
    "libhiredis0.14",
    "libjemalloc2",
    "liblua5.1-0",
    "liblua5.3-0",
    "liblzf1",
    "lua-bitop",
    "lua-cjson",
  ],
  ...["libopentracing-c-wrapper0", "libopentracing1"],
];

export type Client = ReturnType<typeof clientOf>;

/** A client that answers for nothing but what it was told: it sends nothing twice and waits for no connection. */
function clientOf(username: string, password: string, host: string, port: number) {
  let connected = false;
  const client = createClient({
    username,
    password,
    disableOfflineQueue: true,
    // Once it was connected it comes back by itself, every 100 ms.
    socket: { host, port, connectTimeout: 2_000, reconnectStrategy: (_, cause) => (connected ? 100 : cause) },
  });
  client.on("ready", () => (connected = true));
  // A connection that a failover cuts is an error of the command that waits for it, not of the process.
  client.on("error", () => undefined);
  return client;
}

/** A rendered installation that runs on the loopback. */
export interface RunningRedis {
  readonly servers: readonly Pod[];
  readonly sentinels: readonly Pod[];
  readonly proxies: readonly Pod[];
  /** Connects as a service does: by its URL, through a proxy where there are any. */
  readonly connect: (service: string, from?: Redis) => Promise<Client>;
  /** Connects past the proxies as a user of the installation's own. */
  readonly ask: (server: Pod, user: string, ...command: readonly string[]) => Promise<string>;
  /** The server that says it is the primary and is not about to be told otherwise, once there is exactly one. */
  readonly primary: () => Promise<Pod>;
  /** Where the installation's Service would lead: a proxy, or the only server. */
  readonly endpoint: Endpoint;
  /** Whether a service's URL leads to a server. */
  readonly answers: () => Promise<boolean>;
  /** Runs the retention job once. */
  readonly retain: () => Promise<Ended>;
  readonly stop: () => Promise<void>;
}

/** A secret's value: another one after each rotation. */
export function valueOf(expression: SecretExpression): string {
  const sink: Sink<string> = {
    // With nothing in it that looks like a name or a port.
    leaf: (leaf) => shortHash(`${leaf.secret === "setting" ? leaf.path : leaf.id} ${leaf.rotation}`),
    combine: (parts, build) => build(parts),
  };
  return evaluate(expression, sink);
}

/** Starts all pods of an installation, and waits until a service's URL works and, unless told otherwise, all are ready. */
export async function startRedis(
  redis: Redis,
  { until = "ready" }: { readonly until?: "ready" | "answers" } = {},
): Promise<RunningRedis> {
  const objects = objectsOf([redis.component]);
  const { name } = redis.component;
  const folder = daemonFolder(name);
  const host = await hostFor(objects, name, folder.path);
  const started: Pod[] = [];
  const runAll = (kind: "StatefulSet" | "Deployment", workload: string): Pod[] => {
    const found = objects.find((object) => object.kind === kind && object.metadata.name === workload);
    if (found?.kind !== "StatefulSet" && found?.kind !== "Deployment") return [];
    const spec = found.spec?.template.spec;
    if (spec === undefined) return [];
    const pods = Array.from({ length: found.spec?.replicas ?? 1 }, (_, index) =>
      startPod(host, spec, `${workload}-${index}`),
    );
    started.push(...pods);
    return pods;
  };
  const stop = async (): Promise<void> => {
    await Promise.all(started.map((pod) => pod.stop()));
    folder.remove();
  };
  try {
    const sentinels = runAll("StatefulSet", `${name}-sentinel`);
    const servers = runAll("StatefulSet", name);
    const proxies = runAll("Deployment", `${name}-proxy`);
    const running = control(redis, { objects, host, servers, sentinels, proxies, stop });
    for (const pod of until === "ready" ? [...servers, ...sentinels] : []) {
      await eventually(`${pod.name} is ready`, () => pod.isReady());
    }
    await eventually(`the URL of ${name} works`, () => running.answers());
    return running;
  } catch (error) {
    const said = started.map((pod) => `${pod.name}:\n${pod.output().split("\n").slice(-5).join("\n")}`);
    await stop();
    throw new Error([(error as Error).message, ...said].join("\n"), { cause: error });
  }
}

interface Parts extends Pick<RunningRedis, "servers" | "sentinels" | "proxies" | "stop"> {
  readonly objects: readonly KubernetesObject[];
  readonly host: Host;
}

/** What a test does with an installation that runs. */
function control(redis: Redis, { objects, host, servers, sentinels, proxies, stop }: Parts): RunningRedis {
  const { name } = redis.component;
  const front = (proxies[0] ?? servers[0])?.name ?? name;
  const addressOf = (pod: string): string => host.translate(pod, pod);
  const port = host.translate("6379", front);
  const passwords = secretOf(objects, `${name}-internal`);
  const connect = async (service: string, from: Redis = redis): Promise<Client> => {
    const url = new URL(valueOf(from.url(service).value));
    const client = clientOf(url.username, url.password, addressOf(front), Number(port));
    await client.connect();
    return client;
  };
  const ask: RunningRedis["ask"] = async (server, user, ...command) => {
    const at = ["-h", addressOf(server.name), "-p", port, "--user", user, "--pass", passwords[user] ?? ""];
    const { output } = await server.exec("redis", ["redis-cli", "--no-auth-warning", ...at, ...command]);
    return output.trim();
  };
  const [someService = ""] = Object.keys(secretOf(objects, `${name}-secret`)).map((key) => key.replace(/-url$/, ""));
  return {
    servers,
    sentinels,
    proxies,
    stop,
    endpoint: { host: addressOf(front), port: Number(port) },
    connect,
    ask,
    answers: async () => {
      const client = await connect(someService).catch(() => undefined);
      const answer = await client?.ping().catch(() => undefined);
      client?.destroy();
      return answer === "PONG";
    },
    primary: () =>
      eventually(`${name} has one primary`, async () => {
        const alive = servers.filter((server) => server.container("redis").running());
        const roles = await Promise.all(alive.map((server) => ask(server, "health", "ROLE")));
        const primaries = alive.filter((_, index) => roles[index]?.startsWith("master"));
        return primaries.length === 1 ? primaries[0] : undefined;
      }),
    retain: async () => {
      const job = objects.find((object) => object.kind === "CronJob");
      const spec = job?.kind === "CronJob" ? job.spec.jobTemplate.spec?.template.spec : undefined;
      const [container] = spec?.containers ?? [];
      if (spec === undefined || container === undefined) throw new Error(`${name} has no retention job.`);
      const translate: Host["translate"] = (text, pod) =>
        text === name ? addressOf(front) : host.translate(text, pod);
      const pod = startPod({ ...host, translate }, spec, `${name}-retention`, { run: false });
      return pod.exec(container.name, container.command ?? []);
    },
  };
}

function secretOf(objects: readonly KubernetesObject[], name: string): Record<string, string> {
  const secret = objects.find((object) => object.kind === "Secret" && object.metadata.name === name);
  if (secret?.kind !== "Secret") throw new Error(`There is no Secret ${name}.`);
  return Object.fromEntries(
    Object.entries(secret.stringData).map(([key, value]) => [key, isSecret(value) ? valueOf(value) : value]),
  );
}

// Each process that a test starts ends with the test, which is a listener each.
process.setMaxListeners(100);

/** So that installations of one test do not meet. */
let installations = 0;

/** This machine in the place of a cluster: each pod has an address of its own on the loopback, and ports that are free. */
async function hostFor(objects: readonly KubernetesObject[], name: string, folder: string): Promise<Host> {
  const { root, env } = await unpackDebian(packages);
  // Where every user may run them.
  const programs = join(folder, "programs");
  cpSync(root, programs, { recursive: true, verbatimSymlinks: true });
  const path = ["usr/bin", "usr/sbin"].map((each) => join(programs, each)).join(":");
  const ports = new Map<string, string>();
  for (const port of ["6379", "26379", "8404"]) ports.set(port, String(await freePort()));
  const network = `127.${(process.pid % 250) + 1}.${++installations}`;
  const parts = [name, `${name}-sentinel`, `${name}-proxy`, `${name}-retention`];
  const addressOf = (pod: string): string => {
    const [, app = "", number = "0"] = /^(.*?)(?:-(\d+))?$/.exec(pod) ?? [];
    return `${network}.${(parts.indexOf(app) + 1) * 10 + Number(number)}`;
  };
  // In HAProxy's checks a name stands behind an escaped end of line.
  const podNames = new RegExp(`(?<=\\\\n|\\b)${name}(-sentinel|-proxy)?-\\d+\\b`, "g");
  return {
    objects,
    folder,
    valueOf,
    env: { PATH: `${path}:/usr/bin:/bin`, LD_LIBRARY_PATH: (env["LD_LIBRARY_PATH"] ?? "").replaceAll(root, programs) },
    translate: (text, podName) =>
      text
        .replaceAll(podNames, addressOf)
        .replaceAll(/\b(26379|6379|8404)\b/g, (port) => ports.get(port) ?? port)
        .replaceAll("bind * -::*", `bind ${addressOf(podName)}`)
        .replaceAll("bind :", `bind ${addressOf(podName)}:`)
        .replace(/^localhost$/, addressOf(podName)),
  };
}
