import { constants, copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";
import { kubectlOutput } from "../../../cli/kubectl.ts";
import type { Component } from "../../../kubernetes/manifest.ts";
import { toYaml } from "../../../kubernetes/render.ts";
import { programPath } from "../../../local/toolchain.ts";
import { daemonFolder, eventually, freePort, startDaemon } from "../daemon.ts";
import { admin } from "../server.ts";
import { renderedFile } from "./rules.ts";

interface Discovery {
  readonly kubernetes_sd_configs?: Record<string, unknown>[];
}

interface Target {
  readonly labels: Readonly<Record<string, string>>;
  readonly scrapeUrl: string;
}

/** How many targets there are of each `job app port`; of services the app is their name. */
export type Targets = Readonly<Record<string, number>>;

/**
 * What the real Prometheus discovers with the rendered configuration, as the account that it has in the environment. Substituted
 * are the address of the API server and the account's token, which a pod would find in its file system, and the rules, which
 * are another test's.
 */
export async function startDiscovery(components: readonly Component[], namespace: string) {
  const config = load(renderedFile(components, "prometheus", "prometheus.yml")) as {
    rule_files: string[];
    alerting: { alertmanagers: Discovery[] };
    scrape_configs: Discovery[];
  };
  const folder = daemonFolder("prometheus");
  const kubeconfig = JSON.parse(
    await kubectlOutput(admin, ["config", "view", "--raw", "--minify", "--flatten", "-o", "json"]),
  ) as {
    clusters: [{ cluster: { server: string; "certificate-authority-data": string } }];
  };
  const [{ cluster }] = kubeconfig.clusters;
  const token = await kubectlOutput(admin, ["create", "token", "prometheus", "-n", namespace]);
  writeFileSync(join(folder.path, "ca.crt"), Buffer.from(cluster["certificate-authority-data"], "base64"));
  const access = {
    api_server: cluster.server,
    authorization: { credentials: token.trim() },
    tls_config: { ca_file: join(folder.path, "ca.crt") },
  };
  config.rule_files = [];
  for (const { kubernetes_sd_configs = [] } of [...config.scrape_configs, ...config.alerting.alertmanagers]) {
    for (const discovery of kubernetes_sd_configs) Object.assign(discovery, access);
  }
  const file = join(folder.path, "prometheus.yml");
  writeFileSync(file, toYaml(config));
  // The unprivileged user may not be let into the tree.
  const program = join(folder.path, "prometheus");
  copyFileSync(programPath("prometheus", "prometheus"), program, constants.COPYFILE_FICLONE);
  const port = await freePort();
  const daemon = startDaemon({
    command: program,
    args: [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(folder.path, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    env: { POD_NAME: "prometheus-0" },
  });
  const ask = async <T>(path: string): Promise<T> =>
    ((await (await fetch(`http://127.0.0.1:${port}/api/v1/${path}`)).json()) as { data: T }).data;
  const stop = async (): Promise<void> => {
    await daemon.stop("SIGKILL");
    folder.remove();
  };
  try {
    await eventually("Prometheus is ready", async () => {
      if (!daemon.running()) throw new Error(daemon.output().slice(-2000));
      return (await fetch(`http://127.0.0.1:${port}/-/ready`).catch(() => undefined))?.ok === true;
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    targets: async (): Promise<Targets> => {
      const { activeTargets } = await ask<{ activeTargets: Target[] }>("targets?state=active");
      const keys = activeTargets.map(({ labels, scrapeUrl }) => {
        const name = labels["service"] ?? labels["app"] ?? "";
        return `${labels["job"] ?? ""} ${name} ${new URL(scrapeUrl).port}`;
      });
      return Object.fromEntries([...Map.groupBy(keys, (key) => key)].map(([key, its]) => [key, its.length]));
    },
    stop,
  };
}
