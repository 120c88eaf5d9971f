import { cadvisorMetrics, kubeletMetrics } from "./metrics.ts";
import { kubeletJob } from "./names.ts";

/** Where a pod finds its account's token. */
const tokenFile = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/** Volumes fill in hours, not in seconds. */
export const nodeInterval = "30s";

interface Keep {
  readonly action: "keep";
  readonly source_labels: readonly string[];
  readonly regex: string;
}

/** `prometheus.yml` of the one that asks every kubelet of the cluster, and keeps what the environments' own ask it for. */
export function nodeMetricsConfig(): object {
  const { ofRoot, ofMachine } = cadvisorMetrics;
  return {
    global: { scrape_interval: nodeInterval, scrape_timeout: "20s" },
    scrape_configs: [
      ...Object.entries(kubeletMetrics).map(([path, metrics]) => kubelets(path, named(metrics))),
      kubelets("/metrics/cadvisor", {
        action: "keep",
        source_labels: ["__name__", "id"],
        // Of a machine there is one, which has no id.
        regex: `(${ofRoot.join("|")});/|(${ofMachine.join("|")});`,
      }),
    ],
  };
}

function named(metrics: readonly string[]): Keep {
  return { action: "keep", source_labels: ["__name__"], regex: metrics.join("|") };
}

/** One path of every kubelet. */
function kubelets(path: string, kept: Keep): object {
  return {
    // Jobs need names of their own; the label is the same.
    job_name: `${kubeletJob}${path}`,
    scheme: "https",
    metrics_path: path,
    authorization: { credentials_file: tokenFile },
    // Most clusters' kubelets sign their own certificates (docs/adr/0025).
    tls_config: { insecure_skip_verify: true },
    kubernetes_sd_configs: [{ role: "node" }],
    relabel_configs: [
      { source_labels: ["__meta_kubernetes_node_name"], target_label: "node" },
      // Whether it answers is said of each path.
      { source_labels: ["__metrics_path__"], target_label: "metrics_path" },
      { target_label: "job", replacement: kubeletJob },
      { target_label: "app", replacement: kubeletJob },
    ],
    metric_relabel_configs: [kept],
    // Far more than a full node tells: one that has gone mad must not take the others' place.
    sample_limit: 200_000,
  };
}
