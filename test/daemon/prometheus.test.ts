import { writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { createServer } from "node:http";
import { join } from "node:path";
import { load } from "js-yaml";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { alertmanagerPort, peersName } from "../../components/alertmanager/names.ts";
import { remoteTokenFolder, rulesFile } from "../../components/prometheus/config.ts";
import type { Component } from "../../kubernetes/manifest.ts";
import { objectsOf } from "../../kubernetes/manifest.ts";
import { toYaml } from "../../kubernetes/render.ts";
import { silent } from "../../local/progress.ts";
import { buildToolchain } from "../../local/toolchain.ts";
import { platform } from "../../stacks/platform.ts";
import { eventually } from "../support/daemon.ts";
import { environmentOf } from "../support/environments.ts";
import type { Stub } from "../support/gateway.ts";
import { listen } from "../support/gateway.ts";
import { renderedFile, rulesOf } from "../support/metrics/rules.ts";
import type { RuleFile } from "../support/metrics/rules.ts";
import type { PrometheusServer } from "../support/metrics/run.ts";
import { startPrometheus } from "../support/metrics/run.ts";

// The real Prometheus with what prod renders for it, remote store included. What a pod would find in its cluster stands on
// this machine: the targets that discovery brings are given with the labels that it brings.

interface Job {
  readonly job_name: string;
  kubernetes_sd_configs?: unknown;
  static_configs?: readonly object[];
}
interface Config {
  rule_files: string[];
  scrape_configs: Job[];
  alerting: { alertmanagers: Omit<Job, "job_name">[] };
}

interface Received {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

/** Something that takes what it is sent, and answers questions with a text. */
async function receiver(received: Received[], answer = ""): Promise<Stub> {
  const take = (request: IncomingMessage, body: string): void =>
    void received.push({ path: request.url ?? "", authorization: request.headers.authorization, body });
  return listen(
    createServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString("latin1")));
      request.on("end", () => {
        take(request, body);
        response.writeHead(200, { "content-type": "text/plain; version=0.0.4" }).end(answer);
      });
    }),
  );
}

const alerts: Received[] = [];
const written: Received[] = [];
const workloads = ["suoke-life-prod", "suoke-life-dev"]
  .map((namespace) => `kube_deployment_spec_replicas{namespace="${namespace}",deployment="auth-service"} 3\n`)
  .join("");

let stubs: readonly Stub[] = [];
let server: PrometheusServer;
let folder: string;
const rules: RuleFile = rulesOf("prod");

/** A target as discovery finds it: an address, and what Kubernetes says of it. */
function found({ url }: Stub, meta: Readonly<Record<string, string>>): object {
  const labels = Object.entries(meta).map(([name, value]) => [`__meta_kubernetes_${name}`, value]);
  return { targets: [new URL(url).host], labels: Object.fromEntries(labels) as object };
}

function rendered(store: string): { readonly components: readonly Component[]; readonly config: Config } {
  const prod = environmentOf("prod");
  const { metrics } = prod.data.systems;
  if (metrics.kind !== "managed") throw new Error("Prod has no Prometheus of its own.");
  const remoteWrite = { url: `${store}/write`, token: true, cidrs: ["10.0.0.0/8"] };
  const systems = { ...prod.data.systems, metrics: { ...metrics, remoteWrite } };
  const components = platform({ ...prod, data: { ...prod.data, systems } });
  return { components, config: load(renderedFile(components, "prometheus", "prometheus.yml")) as Config };
}

/** The arguments that the pod has for taking up changes, impatient. */
function reloading(components: readonly Component[]): string[] {
  const set = objectsOf(components).find(
    ({ kind, metadata }) => kind === "StatefulSet" && metadata.name === "prometheus",
  );
  const args = set?.kind === "StatefulSet" ? (set.spec?.template.spec?.containers[0]?.args ?? []) : [];
  return args
    .filter((arg) => arg.startsWith("--config.auto-reload"))
    .map((arg) => arg.replace(/interval=.*/, "interval=1s"));
}

beforeAll(async () => {
  await buildToolchain(["prometheus"], silent);
  const [notified, store, states] = [await receiver(alerts), await receiver(written), await receiver([], workloads)];
  stubs = [notified, store, states];
  const { components, config } = rendered(store.url);
  const port = new URL(states.url).port;
  const pod = {
    pod_label_app: "kube-state-metrics",
    pod_annotation_prometheus_io_scrape: "true",
    pod_annotation_prometheus_io_port: port,
    pod_container_port_number: port,
    pod_ip: "127.0.0.1",
  };
  config.rule_files = ["rules.yml"];
  config.scrape_configs = config.scrape_configs
    .filter(({ job_name: name }) => name === "infrastructure/cluster")
    .map(({ kubernetes_sd_configs: _, ...job }) => ({ ...job, static_configs: [found(states, pod)] }));
  const service = { service_name: peersName, endpointslice_port: String(alertmanagerPort) };
  config.alerting.alertmanagers = config.alerting.alertmanagers.map(({ kubernetes_sd_configs: _, ...each }) => ({
    ...each,
    static_configs: [found(notified, service)],
  }));
  server = await startPrometheus({
    config: JSON.parse(JSON.stringify(config).replaceAll(`${remoteTokenFolder}/token`, "token")) as object,
    prepare: (path) => {
      folder = path;
      writeFileSync(join(path, "rules.yml"), toYaml(rules));
      writeFileSync(join(path, "token"), "of-the-store");
    },
    env: { POD_NAME: "prometheus-1" },
    args: reloading(components),
  });
});
afterAll(async () => {
  await server.stop();
  await Promise.all(stubs.map((stub) => stub.close()));
});

describe("Prometheus as prod renders it", () => {
  it("keeps of kube-state-metrics what is about its own namespace, and drops the others'", async () => {
    const series = await eventually("the series are there", async () => {
      const all = await server.query("kube_deployment_spec_replicas");
      return all.length > 0 && all;
    });
    expect(series.map(({ metric }) => [metric["namespace"], metric["environment"]])).toEqual([
      ["suoke-life-prod", "prod"],
    ]);
  });

  it("tells Alertmanager of an alert with its environment, and not which replica says so", async () => {
    const { body } = await eventually("an alert is sent", () =>
      Promise.resolve(alerts.find(({ path, body }) => path === "/api/v2/alerts" && body.includes("Watchdog"))),
    );
    const sent = JSON.parse(body) as { readonly labels: Readonly<Record<string, string>> }[];
    const watchdog = sent.find(({ labels }) => labels["alertname"] === "Watchdog");
    expect(watchdog?.labels).toMatchObject({ environment: "prod", severity: "info" });
    expect(watchdog?.labels).not.toHaveProperty("replica");
  });

  it("says to who federates which replica it is", async () => {
    const text = await (await fetch(`${server.url}/federate?match[]=kube_deployment_spec_replicas`)).text();
    expect(text).toContain('replica="prometheus-1"');
    expect(text).toContain('environment="prod"');
  });

  it("sends what it has to the remote store, with the token", async () => {
    const [first] = await eventually("something is written", () => Promise.resolve(written.length > 0 && written));
    expect([first?.path, first?.authorization]).toEqual(["/write", "Bearer of-the-store"]);
    expect(first?.body.length).toBeGreaterThan(0);
  });

  it("takes up changed rules without a restart, and goes on with the old ones when they are broken", async () => {
    const names = async (): Promise<string[]> => {
      const { groups } = await server.ask<{ groups: { name: string }[] }>("rules");
      return groups.map(({ name }) => name);
    };
    const reloaded = async (successful: number): Promise<boolean> => {
      const text = await (await fetch(`${server.url}/metrics`)).text();
      return text.includes(`prometheus_config_last_reload_successful ${successful}`);
    };
    const before = await server.ask<{ startTime: string }>("status/runtimeinfo");
    const more = { name: "new", rules: [{ record: "suoke:new", expr: "vector(1)" }] };
    writeFileSync(join(folder, "rules.yml"), toYaml({ groups: [...rules.groups, more] }));
    await eventually("the new rule is there", async () => (await names()).includes("new"));
    writeFileSync(
      join(folder, "rules.yml"),
      toYaml({ groups: [{ name: "broken", rules: [{ record: "x", expr: "(" }] }] }),
    );
    await eventually("the broken ones are refused", () => reloaded(0));
    expect(await names()).toContain("new");
    writeFileSync(join(folder, "rules.yml"), toYaml(rules));
    await eventually("it recovers", () => reloaded(1));
    expect(await names()).not.toContain("new");
    expect((await server.ask<{ startTime: string }>("status/runtimeinfo")).startTime).toBe(before.startTime);
  });

  it("reads its rules where the pod has them", () => {
    const { components } = rendered("https://store.example");
    const text = renderedFile(components, "prometheus", "prometheus.yml");
    expect(text).toContain(`/etc/prometheus/config/${rulesFile}`);
  });
});
