import { readFileSync, writeFileSync } from "node:fs";
import type { Server } from "node:https";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { load } from "js-yaml";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadCluster } from "../../cli/generated.ts";
import { nodeMonitoring } from "../../components/node-metrics/monitoring.ts";
import { root } from "../../local/paths.ts";
import { silent } from "../../local/progress.ts";
import { buildToolchain } from "../../local/toolchain.ts";
import { localCluster } from "../../local/up.ts";
import { selfSigned } from "../support/certificate.ts";
import { daemonFolder, eventually } from "../support/daemon.ts";
import { built, environmentOf } from "../support/environments.ts";
import { renderedFile } from "../support/metrics/rules.ts";
import type { PrometheusServer } from "../support/metrics/run.ts";
import { startPrometheus } from "../support/metrics/run.ts";

/**
 * A kubelet's answers, as far as they matter: what is kept, and much that is not. Two environments have a claim of the same name
 * on the node.
 */
const answers: Readonly<Record<string, string>> = {
  "/metrics": ["suoke-life-dev", "suoke-life-prod"]
    .map((namespace, index) => {
      const claim = `{namespace="${namespace}",persistentvolumeclaim="data-prometheus-0"}`;
      return [
        `kubelet_volume_stats_available_bytes${claim} ${100 * (index + 1)}`,
        `kubelet_volume_stats_capacity_bytes${claim} 1000`,
        `kubelet_volume_stats_inodes_free${claim} 400`,
        `kubelet_volume_stats_inodes${claim} 1000`,
        `kubelet_volume_stats_used_bytes${claim} 1`,
      ].join("\n");
    })
    .concat("kubelet_running_pods 12", 'rest_client_requests_total{code="200"} 7')
    .join("\n"),
  "/metrics/resource": [
    "node_cpu_usage_seconds_total 10",
    "node_memory_working_set_bytes 960",
    'container_cpu_usage_seconds_total{container="a",namespace="suoke-life-dev",pod="a-0"} 1',
    'container_memory_working_set_bytes{container="a",namespace="suoke-life-prod",pod="a-0"} 5',
    'pod_memory_working_set_bytes{namespace="suoke-life-prod",pod="a-0"} 5',
  ].join("\n"),
  "/metrics/cadvisor": [
    'container_fs_usage_bytes{container="",device="/dev/sda1",id="/",image="",name="",namespace="",pod=""} 500',
    'container_fs_limit_bytes{container="",device="/dev/sda1",id="/",image="",name="",namespace="",pod=""} 1000',
    'container_fs_usage_bytes{container="a",device="/dev/sda1",id="/kubepods/x",namespace="suoke-life-dev",pod="a-0"} 3',
    'container_memory_working_set_bytes{container="a",id="/kubepods/x",namespace="suoke-life-dev",pod="a-0"} 4',
    'machine_cpu_cores{boot_id="b",machine_id="m",system_uuid="s"} 8',
    'machine_memory_bytes{boot_id="b",machine_id="m",system_uuid="s"} 1000',
  ].join("\n"),
};

interface Config {
  global: Record<string, string>;
  rule_files?: string[];
  alerting?: unknown;
  scrape_configs: {
    job_name: string;
    authorization?: { credentials_file: string };
    scrape_interval?: string;
    kubernetes_sd_configs?: unknown;
    static_configs?: unknown;
    relabel_configs: { action?: string; source_labels?: string[]; target_label?: string }[];
  }[];
}

/** Targets by name in place of those that the Kubernetes API would name, and seconds in place of half minutes. */
function withTargets(config: Config, targets: readonly string[], labels: Readonly<Record<string, string>>): Config {
  return {
    global: { scrape_interval: "1s", scrape_timeout: "1s" },
    scrape_configs: config.scrape_configs.map(({ kubernetes_sd_configs: _, relabel_configs, ...job }) => ({
      ...job,
      scrape_interval: "1s",
      static_configs: [{ targets, labels }],
      // The address stays ours.
      relabel_configs: relabel_configs.filter(
        ({ action, target_label }) => action === undefined && target_label !== "__address__",
      ),
    })),
  };
}

const folder = daemonFolder("kubelets");
let kubelet: Server | undefined;
let shared: PrometheusServer | undefined;
let own: PrometheusServer | undefined;
const refused: string[] = [];

const at = ({ url }: PrometheusServer): string => new URL(url).host;

beforeAll(async () => {
  await buildToolchain(["prometheus"], silent);
  const { key, cert } = await selfSigned(folder.path, "node-a");
  kubelet = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, ({ url = "", headers }, response) => {
    const known = headers.authorization === "Bearer the reader's token";
    if (!known) refused.push(url);
    response.writeHead(known ? (url in answers ? 200 : 404) : 401, { "content-type": "text/plain; version=0.0.4" });
    response.end(known ? `${answers[url] ?? ""}\n` : "");
  });
  await new Promise<void>((resolve) => kubelet?.listen(0, "127.0.0.1", resolve));
  const { port } = kubelet.address() as AddressInfo;

  const rendered = load(renderedFile(loadCluster(localCluster, root), "node-metrics", "prometheus.yml")) as Config;
  const token = join(folder.path, "token");
  writeFileSync(token, "the reader's token");
  for (const job of rendered.scrape_configs) {
    expect(job.authorization?.credentials_file).toBe("/var/run/secrets/kubernetes.io/serviceaccount/token");
    job.authorization = { credentials_file: token };
  }
  shared = await startPrometheus({
    config: withTargets(rendered, [`127.0.0.1:${port}`], { __meta_kubernetes_node_name: "node-a" }),
  });

  const prod = load(renderedFile(built(environmentOf("prod")), "prometheus", "prometheus.yml")) as Config;
  const federation = prod.scrape_configs.filter(({ job_name }) => job_name === "infrastructure/nodes");
  expect(federation).toHaveLength(1);
  own = await startPrometheus({
    config: withTargets({ ...prod, scrape_configs: federation }, [at(shared)], {
      __meta_kubernetes_pod_label_app: "node-metrics",
    }),
  });
}, 40 * 60_000);

afterAll(async () => {
  await own?.stop();
  await shared?.stop();
  kubelet?.close();
  folder.remove();
});

/** Series that a Prometheus has, without those that it makes about its own scrapes. */
async function series(server: PrometheusServer | undefined): Promise<readonly Readonly<Record<string, string>>[]> {
  const found = (await server?.query('{__name__=~".+", __name__!~"scrape_.+|up"}')) ?? [];
  return found.map(({ metric }) => metric);
}

describe("the one that asks kubelets", () => {
  it("shows its token, and keeps exactly what rules and dashboards use", async () => {
    await eventually("every path was read", async () => (await series(shared)).length === 16);
    const names = new Set((await series(shared)).map(({ __name__ }) => __name__));
    expect([...names].sort()).toEqual(nodeMonitoring.exposed.flatMap(({ metrics }) => metrics).sort());
    expect(refused).toEqual([]);
  });

  it("keeps of the built-in cAdvisor the node alone", async () => {
    const disks = await shared?.query('{__name__=~"container_fs_.+"}');
    expect(disks?.map(({ metric }) => metric["id"])).toEqual(["/", "/"]);
    expect(await shared?.query('container_memory_working_set_bytes{pod="a-0", namespace="suoke-life-dev"}')).toEqual(
      [],
    );
  });
});

describe("the Prometheus of prod", () => {
  it("gets from it what is prod's and the nodes', with the kubelet's own labels", async () => {
    await eventually("they are there", async () => (await series(own)).length >= 11);
    const found = await series(own);
    expect([...new Set(found.map(({ namespace }) => namespace ?? ""))].sort()).toEqual(["", "suoke-life-prod"]);
    for (const labels of found)
      expect(labels).toMatchObject({ job: "kubelet", app: "kubelet", node: "node-a", environment: "prod" });
  });

  it("computes from that how full volumes, disks and memory are", async () => {
    const rules = nodeMonitoring.groups.flatMap(({ recordings }) => recordings);
    const value = async (record: string, resource?: string): Promise<number[]> => {
      const rule = rules.find(({ record: its, labels }) => its === record && labels?.["resource"] === resource);
      return ((await own?.query(rule?.expr ?? "")) ?? []).map(({ value: [, number] }) => Number(number));
    };
    expect(await value("suoke:volume_used:ratio", "bytes")).toEqual([0.8]);
    expect(await value("suoke:volume_used:ratio", "inodes")).toEqual([0.6]);
    expect(await value("suoke:node_disk:ratio")).toEqual([0.5]);
    expect(await value("suoke:node_memory:ratio")).toEqual([0.96]);
  });

  it("hears of a kubelet that no longer answers", async () => {
    expect(await own?.query('up{job="kubelet"} == 1')).toHaveLength(3);
    kubelet?.closeAllConnections();
    kubelet?.close();
    await eventually(
      "it is down",
      async () => (await own?.query('up{job="kubelet", app="kubelet"} == 0'))?.length === 3,
    );
  });
});
