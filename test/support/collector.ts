import { chownSync, constants, copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";
import type { Component, ObjectOf } from "../../kubernetes/manifest.ts";
import { objectsOf } from "../../kubernetes/manifest.ts";
import { podLogs } from "../../components/node-logs/config.ts";
import { toYaml } from "../../kubernetes/render.ts";
import { sleep } from "../../local/process.ts";
import { podsOf } from "../../policies/pods.ts";
import { programPath } from "../../local/toolchain.ts";
import type { Daemon } from "./daemon.ts";
import { daemonFolder, freePort, startDaemon, unprivileged } from "./daemon.ts";

/** A collector's configuration, as far as it is changed for a test. */
export interface CollectorConfig {
  extensions: Record<string, Record<string, unknown>>;
  receivers: Record<
    string,
    { protocols?: Record<string, { endpoint: string; tls?: unknown }>; include?: string[]; exclude?: string[] }
  >;
  processors: Record<string, Record<string, unknown>>;
  exporters: Record<string, Record<string, unknown>>;
  connectors?: Record<string, unknown>;
  service: {
    telemetry: { metrics: { readers: { pull: { exporter: { prometheus: { host: string; port: number } } } }[] } };
    pipelines: Record<string, { receivers: string[]; processors?: string[]; exporters: string[] }>;
  };
}

/** The configuration that is rendered for an app. */
export function renderedConfig(components: readonly Component[], app: string): CollectorConfig {
  const map = objectsOf(components).find(
    (object): object is ObjectOf<"ConfigMap"> =>
      object.kind === "ConfigMap" && new RegExp(`^${app}-[0-9a-f]{10}$`).test(object.metadata.name),
  );
  if (map === undefined) throw new Error(`There is no configuration of ${app}.`);
  return load(map.data?.["config.yaml"] ?? "") as CollectorConfig;
}

/** Arguments of an app's container besides its configuration. */
export function renderedArgs(components: readonly Component[], app: string): readonly string[] {
  const pods = objectsOf(components).flatMap((object) => podsOf(object) ?? []);
  const container = pods.find(({ labels }) => labels["app"] === app)?.spec.containers[0];
  return (container?.args ?? []).filter((arg) => !arg.startsWith("--config="));
}

/** Where a collector of a test sends to and listens. */
export interface Places {
  /** `host:port` of the gateways, or of Jaeger. */
  readonly next: readonly string[];
  /** `host:port` of what takes metrics. */
  readonly metrics: string;
  readonly folder: string;
  /** In place of the folder with the pods' logs. */
  readonly pods?: string;
  /** More arguments. */
  readonly args?: readonly string[];
  /** Bytes that its container would have. */
  readonly memory: number;
}

/** Ports of a collector that runs. */
export interface Ports {
  readonly grpc: number;
  readonly http: number;
  readonly thrift: number;
  readonly health: number;
  readonly logs: number;
  readonly lines: number;
  readonly metrics: number;
}

/**
 * Everything in which a test's configuration differs from the rendered one:
 * 1. addresses and ports are on the loopback, the queue's folder is the test's, gateways are a list instead of a DNS name;
 * 2. `k8s_attributes` is left out: it asks the Kubernetes API;
 * 3. `servicegraph` is left out and `prometheus` is OTLP to the sink: no Go module offers either;
 * 4. the memory limiter's shares are of the container's limit, which is written out, as a test has no container;
 * 5. a trace is given two seconds to be complete instead of 45;
 * 6. log lines go from node to gateway without TLS, as there is no certificate, and from there as OTLP to the sink instead of to
 *    Elasticsearch, which no Go module offers; container files are those of the test.
 */
export async function substitute(
  rendered: CollectorConfig,
  places: Places,
): Promise<{ readonly config: CollectorConfig; readonly ports: Ports }> {
  const config = structuredClone(rendered);
  const ports: Ports = {
    grpc: await freePort(),
    http: await freePort(),
    thrift: await freePort(),
    health: await freePort(),
    logs: await freePort(),
    lines: await freePort(),
    metrics: await freePort(),
  };
  for (const [name, { protocols, ...files }] of Object.entries(config.receivers)) {
    for (const list of [files.include, files.exclude]) {
      list?.forEach((path, index) => list.splice(index, 1, path.replace(podLogs, places.pods ?? podLogs)));
    }
    for (const [protocol, settings] of Object.entries(protocols ?? {})) {
      delete settings.tls;
      const others = protocol === "http" ? ports.http : ports.grpc;
      const own: Readonly<Record<string, number>> = { "otlp/logs": ports.logs, "otlp/lines": ports.lines };
      const port = protocol === "thrift_compact" ? ports.thrift : (own[name] ?? others);
      settings.endpoint = `127.0.0.1:${port}`;
    }
  }
  config.extensions["health_check"] = { endpoint: `127.0.0.1:${ports.health}` };
  for (const storage of [config.extensions["file_storage"], config.extensions["file_storage"]?.["compaction"]]) {
    Object.assign(storage as object, { directory: places.folder });
  }
  for (const { pull } of config.service.telemetry.metrics.readers) {
    Object.assign(pull.exporter.prometheus, { host: "127.0.0.1", port: ports.metrics });
  }
  delete config.processors["k8s_attributes"];
  delete config.connectors?.["servicegraph"];
  const limiter = config.processors["memory_limiter"] ?? {};
  const share = (name: string): number => Math.floor((places.memory * Number(limiter[name])) / 100 / 2 ** 20);
  config.processors["memory_limiter"] = {
    check_interval: limiter["check_interval"],
    limit_mib: share("limit_percentage"),
    spike_limit_mib: share("spike_limit_percentage"),
  };
  if (config.processors["tail_sampling"] !== undefined) config.processors["tail_sampling"]["decision_wait"] = "2s";
  if (config.exporters["load_balancing"] !== undefined) {
    config.exporters["load_balancing"]["resolver"] = { static: { hostnames: places.next } };
  }
  if (config.exporters["otlp_grpc/jaeger"] !== undefined) {
    config.exporters["otlp_grpc/jaeger"]["endpoint"] = places.next[0];
  }
  if (config.exporters["prometheus"] !== undefined) {
    delete config.exporters["prometheus"];
    config.exporters["otlp_grpc/metrics"] = { endpoint: places.metrics, tls: { insecure: true } };
  }
  if (config.exporters["elasticsearch/logs"] !== undefined) {
    delete config.exporters["elasticsearch/logs"];
    // It too has no queue, and says at once that the store is away.
    config.exporters["otlp_grpc/logs"] = {
      endpoint: places.next[0],
      tls: { insecure: true },
      sending_queue: { enabled: false },
      retry_on_failure: { enabled: false },
    };
    Object.assign(config.exporters["otlp_grpc/lines"] ?? {}, { endpoint: `127.0.0.1:${ports.lines}` });
  }
  for (const [name, exporter] of Object.entries(config.exporters)) {
    // A node's way to each environment.
    if (/^otlp_grpc\/(dev|staging|prod)$/.test(name)) {
      Object.assign(exporter, { endpoint: places.next[0], tls: { insecure: true } });
    }
  }
  const renamed: Readonly<Record<string, string>> = {
    prometheus: "otlp_grpc/metrics",
    "elasticsearch/logs": "otlp_grpc/logs",
  };
  const without = (names: readonly string[]): string[] =>
    names.filter((name) => name !== "k8s_attributes" && name !== "servicegraph").map((name) => renamed[name] ?? name);
  for (const pipeline of Object.values(config.service.pipelines)) {
    pipeline.receivers = without(pipeline.receivers);
    pipeline.exporters = without(pipeline.exporters);
    if (pipeline.processors !== undefined) pipeline.processors = without(pipeline.processors);
  }
  return { config, ports };
}

/** A collector that runs. */
export interface Collector {
  readonly ports: Ports;
  /** The process that runs now. */
  readonly daemon: () => Daemon;
  /** Resident memory, in bytes. */
  readonly memory: () => number;
  /** Starts it again where it has ended, with its queue on disk as it is: what the kubelet does with a container. */
  readonly restart: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Key of the hash in tests. */
export const testKey = "a-key-of-at-least-thirty-two-bytes-for-tests";

/** Starts the real Collector and waits until it is healthy. */
export async function startCollector(rendered: CollectorConfig, places: Omit<Places, "folder">): Promise<Collector> {
  const folder = daemonFolder("otelcol");
  const queue = join(folder.path, "queue");
  const { config, ports } = await substitute(rendered, { ...places, folder: queue });
  const file = join(folder.path, "config.yaml");
  writeFileSync(file, toYaml(config));
  mkdirSync(queue);
  if (unprivileged !== undefined) chownSync(queue, unprivileged.uid, unprivileged.gid);
  // The unprivileged user may not be let into the tree.
  const program = join(folder.path, "otelcol");
  copyFileSync(programPath("otelcol", "otelcol"), program, constants.COPYFILE_FICLONE);
  const start = async (): Promise<Daemon> => {
    const daemon = startDaemon({
      command: program,
      args: [`--config=${file}`, ...(places.args ?? [])],
      env: {
        PERSONAL_DATA_KEY: testKey,
        NODE_NAME: "node",
        GOMEMLIMIT: `${Math.floor(places.memory * 0.8)}B`,
      },
    });
    await becomeHealthy(daemon, ports.health);
    return daemon;
  };
  let daemon = await start();
  return {
    ports,
    daemon: () => daemon,
    memory: () => residentBytes(daemon.pid),
    restart: async () => {
      await daemon.ended;
      daemon = await start();
    },
    stop: async () => {
      await daemon.stop();
      folder.remove();
    },
  };
}

async function becomeHealthy(daemon: Daemon, port: number): Promise<void> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
    if (answer?.ok === true) return;
    if (!daemon.running() || performance.now() > deadline) {
      await daemon.stop();
      throw new Error(`The collector did not become healthy:\n${daemon.output().slice(-3000)}`);
    }
    await sleep(100);
  }
}

function residentBytes(pid: number): number {
  const kilobytes = /^VmRSS:\s+([0-9]+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kilobytes) * 1024;
}
