import { alertmanagerPort, peersName } from "../alertmanager/names.ts";
import { servicesJob } from "../microservice/monitoring.ts";
import type { MultiTarget } from "../monitoring/monitoring.ts";
import { kubeStateName } from "../kube-state/names.ts";
import { nodeInterval } from "../node-metrics/config.ts";
import { kubeletJob, nodeMetricsName } from "../node-metrics/names.ts";
import { agentsNamespace } from "../node-logs/names.ts";
import { logsAgentName } from "../telemetry/names.ts";
import { parseQuantity } from "../../kubernetes/quantity.ts";
import type { RemoteWrite } from "./data.ts";
import { secondPort } from "./names.ts";

export interface ConfigArgs {
  readonly namespace: string;
  /** Value of the label `environment`. */
  readonly environment: string;
  readonly multiTargets: readonly MultiTarget[];
  /** Days that series are kept, and the size of the volume that they are kept on. */
  readonly retention: { readonly days: number; readonly volume: string };
  readonly remoteWrite?: RemoteWrite;
}

/** Share of the volume that series may fill: the rest is for the write-ahead log and for blocks being compacted. */
const retentionShare = 0.8;

/** Where the configuration and the rules are mounted. */
export const configFolder = "/etc/prometheus/config";
export const remoteTokenFolder = "/etc/prometheus/remote";
/** The plan's name of the rules' file. */
export const rulesFile = "suoke_life_rules.yml";
export const configFile = "prometheus.yml";

interface Relabel {
  readonly source_labels?: readonly string[];
  readonly regex?: string;
  readonly action?: "keep" | "drop" | "keepequal" | "replace" | "labeldrop";
  readonly target_label?: string;
  readonly replacement?: string;
}

/** `prometheus.yml`, by the plan's jobs. Prometheus replaces `${POD_NAME}` itself. */
export function prometheusConfig(args: ConfigArgs): object {
  const { namespace, environment, retention, remoteWrite } = args;
  const room = Math.floor((parseQuantity(retention.volume) * retentionShare) / 2 ** 20);
  return {
    global: {
      scrape_interval: "15s",
      evaluation_interval: "15s",
      external_labels: { environment, replica: "${POD_NAME}" },
    },
    storage: { tsdb: { retention: { time: `${retention.days}d`, size: `${room}MB` } } },
    rule_files: [`${configFolder}/${rulesFile}`],
    alerting: {
      // The replicas' alerts are the same alert.
      alert_relabel_configs: [{ action: "labeldrop", regex: "replica" }],
      alertmanagers: [
        {
          kubernetes_sd_configs: [discovery("endpointslice", namespace)],
          relabel_configs: [
            keep("__meta_kubernetes_service_name", peersName),
            keep("__meta_kubernetes_endpointslice_port", String(alertmanagerPort)),
          ],
        },
      ],
    },
    scrape_configs: [
      self(environment),
      services(args),
      pods("api-gateway", args, [keep("__meta_kubernetes_pod_label_app", edgeApps)]),
      pods("infrastructure", args, [
        drop("__meta_kubernetes_pod_label_app", edgeApps),
        drop("__meta_kubernetes_pod_label_app_kubernetes_io_component", "service"),
      ]),
      secondPorts(args),
      shared(args),
      nodes(args),
      ...args.multiTargets.map((target) => multiTarget(target, environment)),
    ],
    ...(remoteWrite === undefined
      ? {}
      : {
          remote_write: [
            {
              url: remoteWrite.url,
              ...(remoteWrite.token ? { authorization: { credentials_file: `${remoteTokenFolder}/token` } } : {}),
            },
          ],
        }),
  };
}

/** Apps of the API gateway: the plan scrapes them in a job of their own. */
const edgeApps = "kong|kong-.+";

/** What this Prometheus says of itself: the other replica speaks for itself. */
function self(environment: string): object {
  return {
    job_name: "prometheus",
    static_configs: [{ targets: ["localhost:9090"], labels: { environment, app: "prometheus" } }],
  };
}

/** Every pod behind a service's Service is a target of its own; a ClusterIP would answer for one of them by chance. */
function services({ namespace, environment }: ConfigArgs): object {
  return {
    job_name: servicesJob,
    // The plan's: services change faster than stores.
    scrape_interval: "10s",
    kubernetes_sd_configs: [discovery("endpointslice", namespace)],
    relabel_configs: [
      keep("__meta_kubernetes_service_label_app_kubernetes_io_component", "service"),
      ...annotated,
      { source_labels: ["__meta_kubernetes_pod_label_app"], target_label: "service" },
      { source_labels: ["__meta_kubernetes_pod_label_suoke_life_team"], target_label: "team" },
      { source_labels: ["__meta_kubernetes_pod_label_version"], target_label: "version" },
      { source_labels: ["__meta_kubernetes_pod_label_track"], target_label: "track" },
      ...identity(environment),
    ],
  };
}

/** Every annotated pod of a system is a target, whether or not a Service leads to it. */
function pods(job: string, { namespace, environment }: ConfigArgs, selection: readonly Relabel[]): object {
  return {
    job_name: job,
    kubernetes_sd_configs: [discovery("pod", namespace)],
    relabel_configs: [
      ...selection,
      ...annotated,
      { source_labels: ["__meta_kubernetes_pod_label_app"], target_label: "app" },
      { source_labels: ["__meta_kubernetes_pod_label_suoke_life_team"], target_label: "team" },
      ...identity(environment),
    ],
  };
}

/** Pods that expose something on a second port, too: targets of the same job. */
function secondPorts({ namespace, environment }: ConfigArgs): object {
  return {
    job_name: "infrastructure/second-ports",
    kubernetes_sd_configs: [discovery("pod", namespace)],
    relabel_configs: [
      keep(metaLabel(secondPort), ".+"),
      ...atPort(metaLabel(secondPort)),
      { source_labels: ["__meta_kubernetes_pod_label_app"], target_label: "app" },
      ...identity(environment),
      { target_label: "job", replacement: "infrastructure" },
    ],
  };
}

/** What runs once for all environments of the cluster, in a namespace of its own: of its series, those about this one. */
function shared({ namespace, environment }: ConfigArgs): object {
  const app = "__meta_kubernetes_pod_label_app";
  return {
    job_name: "infrastructure/cluster",
    // Of a Deployment or pod of ours: its labels say whose it is, not who said so.
    honor_labels: true,
    kubernetes_sd_configs: [discovery("pod", agentsNamespace)],
    relabel_configs: [
      keep(app, `${kubeStateName}|${logsAgentName}`),
      ...annotated,
      { source_labels: [app], target_label: "app" },
      {
        source_labels: [app, "__meta_kubernetes_pod_name"],
        regex: `${logsAgentName};(.+)`,
        target_label: "pod",
        replacement: "$1",
      },
      { target_label: "environment", replacement: environment },
      { target_label: "job", replacement: "infrastructure" },
    ],
    metric_relabel_configs: [
      {
        action: "keep",
        source_labels: ["app", "namespace"],
        regex: `${kubeStateName};${namespace}|${logsAgentName};.*`,
      },
    ],
  };
}

/** What kubelets say of this environment's volumes and pods, and of the nodes, from the one that may ask them. */
function nodes({ namespace, environment }: ConfigArgs): object {
  const app = "__meta_kubernetes_pod_label_app";
  return {
    job_name: "infrastructure/nodes",
    // Its labels say which kubelet said it.
    honor_labels: true,
    scrape_interval: nodeInterval,
    metrics_path: "/federate",
    params: { "match[]": [namespace, ""].map((its) => `{job="${kubeletJob}", namespace="${its}"}`) },
    kubernetes_sd_configs: [discovery("pod", agentsNamespace)],
    relabel_configs: [
      keep(app, nodeMetricsName),
      ...atPort(portLabel),
      { source_labels: [app], target_label: "app" },
      { target_label: "environment", replacement: environment },
      { target_label: "job", replacement: "infrastructure" },
    ],
  };
}

/** The label with an annotation's value. */
function metaLabel(annotation: string): string {
  return `__meta_kubernetes_pod_annotation_${annotation.replaceAll(/[^a-zA-Z0-9]/g, "_")}`;
}

/** One target for each pod, at the port that the label names: its other ports are dropped. */
function atPort(label: string): Relabel[] {
  return [
    // A pod that has ended is no target; its successor is.
    drop("__meta_kubernetes_pod_phase", "Succeeded|Failed"),
    {
      action: "keepequal",
      source_labels: [label],
      target_label: "__meta_kubernetes_pod_container_port_number",
    },
    {
      source_labels: ["__meta_kubernetes_pod_ip", label],
      regex: "(.+);(.+)",
      target_label: "__address__",
      replacement: "$1:$2",
    },
  ];
}

/** The port that a pod names as the one to scrape. */
const portLabel = "__meta_kubernetes_pod_annotation_prometheus_io_port";

/** What the annotations `prometheus.io/…` of a pod say. */
const annotated: readonly Relabel[] = [
  keep("__meta_kubernetes_pod_annotation_prometheus_io_scrape", "true"),
  ...atPort(portLabel),
  {
    source_labels: ["__meta_kubernetes_pod_annotation_prometheus_io_path"],
    regex: "(.+)",
    target_label: "__metrics_path__",
    replacement: "$1",
  },
];

function identity(environment: string): Relabel[] {
  return [
    { source_labels: ["__meta_kubernetes_namespace"], target_label: "namespace" },
    { source_labels: ["__meta_kubernetes_pod_name"], target_label: "pod" },
    { target_label: "environment", replacement: environment },
  ];
}

/** An exporter asked about one target after the other, in the plan's job for infrastructure. */
function multiTarget(
  { exporter, port, path, params, targets, labels, interval }: MultiTarget,
  environment: string,
): object {
  return {
    // Jobs need names of their own; the label is the plan's.
    job_name: ["infrastructure", exporter, ...Object.values(params)].join("/"),
    ...(interval === undefined ? {} : { scrape_interval: interval }),
    metrics_path: path,
    ...(Object.keys(params).length === 0
      ? {}
      : { params: Object.fromEntries(Object.entries(params).map(([name, value]) => [name, [value]])) }),
    static_configs: [{ targets: [...targets], labels: { ...labels, environment } }],
    relabel_configs: [
      { source_labels: ["__address__"], target_label: "__param_target" },
      { source_labels: ["__address__"], target_label: "instance" },
      { target_label: "__address__", replacement: `${exporter}:${port}` },
      { target_label: "job", replacement: "infrastructure" },
    ],
  };
}

/** Discovery in this namespace alone: Prometheus may look at no other. */
function discovery(role: "endpointslice" | "pod", namespace: string): object {
  return { role, namespaces: { names: [namespace] } };
}

function keep(label: string, regex: string): Relabel {
  return { action: "keep", source_labels: [label], regex };
}

function drop(label: string, regex: string): Relabel {
  return { action: "drop", source_labels: [label], regex };
}
