import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";
import { kubectlOutput } from "../../../cli/kubectl.ts";
import type { Component } from "../../../kubernetes/manifest.ts";
import { admin } from "../server.ts";
import { renderedFile } from "./rules.ts";
import { startPrometheus } from "./run.ts";

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
export async function startDiscovery(
  components: readonly Component[],
  namespace: string,
  component = "prometheus",
): Promise<{ readonly targets: () => Promise<Targets>; readonly stop: () => Promise<void> }> {
  const config = load(renderedFile(components, component, "prometheus.yml")) as {
    rule_files?: string[];
    alerting?: { alertmanagers: Discovery[] };
    scrape_configs: Discovery[];
  };
  const kubeconfig = JSON.parse(
    await kubectlOutput(admin, ["config", "view", "--raw", "--minify", "--flatten", "-o", "json"]),
  ) as {
    clusters: [{ cluster: { server: string; "certificate-authority-data": string } }];
  };
  const [{ cluster }] = kubeconfig.clusters;
  const token = await kubectlOutput(admin, ["create", "token", component, "-n", namespace]);
  const access = {
    api_server: cluster.server,
    authorization: { credentials: token.trim() },
    // Relative to the configuration.
    tls_config: { ca_file: "ca.crt" },
  };
  config.rule_files = [];
  for (const { kubernetes_sd_configs = [] } of [...config.scrape_configs, ...(config.alerting?.alertmanagers ?? [])]) {
    for (const discovery of kubernetes_sd_configs) Object.assign(discovery, access);
  }
  const { ask, stop } = await startPrometheus({
    config,
    prepare: (folder) =>
      writeFileSync(join(folder, "ca.crt"), Buffer.from(cluster["certificate-authority-data"], "base64")),
    env: { POD_NAME: "prometheus-0" },
  });
  return {
    targets: async (): Promise<Targets> => {
      const { activeTargets } = await ask<{ activeTargets: Target[] }>("targets?state=active");
      const keys = activeTargets.map(({ labels, scrapeUrl }) => {
        const name = labels["service"] ?? labels["app"] ?? "";
        // A simulated node has no address, so that this may be no URL.
        return `${labels["job"] ?? ""} ${name} ${/:(\d+)\//.exec(scrapeUrl)?.[1] ?? ""}`;
      });
      return Object.fromEntries([...Map.groupBy(keys, (key) => key)].map(([key, its]) => [key, its.length]));
    },
    stop,
  };
}
