import { sizes } from "../../catalogue/sizes.ts";
import { labels } from "../../kubernetes/labels.ts";
import type { Component, KubernetesObject, Metadata } from "../../kubernetes/manifest.ts";
import { contentHash } from "../../kubernetes/names.ts";
import type { Connection } from "../../kubernetes/network.ts";
import { toYaml } from "../../kubernetes/render.ts";
import { oneIsEnough, pinnedImages, withoutDigest } from "../exemptions.ts";
import { images } from "../images.ts";
import { exporterObjects } from "../monitoring/exporter.ts";
import { agentsNamespace } from "../node-logs/names.ts";
import { prometheusName } from "../prometheus/names.ts";
import { nodeMetricsConfig } from "./config.ts";
import { kubeletPort, nodeMetricsName, nodeMetricsPort } from "./names.ts";

export interface NodeMetricsArgs {
  /** Namespaces of the environments whose Prometheus asks it. */
  readonly namespaces: readonly string[];
  readonly kubeApi: Connection;
  /** Addresses of the nodes. */
  readonly nodes: readonly string[];
}

const configFolder = "/etc/node-metrics";
const dataFolder = "/data";

/**
 * Asks the kubelets how full volumes and nodes are. It is the only program that may: a Prometheus that holds two hours, which
 * each environment's own asks for the series of its namespace and of the nodes.
 */
export function nodeMetrics({ namespaces, kubeApi, nodes }: NodeMetricsArgs): Component {
  const metadata = { labels: labels({ app: nodeMetricsName, component: "platform", team: "platform" }) };
  const meta = (name: string): Metadata => ({ name, namespace: agentsNamespace, ...metadata });
  const data = { "prometheus.yml": toYaml(nodeMetricsConfig()) };
  const configName = `${nodeMetricsName}-${contentHash(data)}`;
  const program = exporterObjects(
    {
      name: nodeMetricsName,
      image: images.prometheus,
      args: [
        `--config.file=${configFolder}/prometheus.yml`,
        `--storage.tsdb.path=${dataFolder}`,
        // The least that it can keep: the environments keep it for long.
        "--storage.tsdb.retention.time=2h",
        `--web.listen-address=0.0.0.0:${nodeMetricsPort}`,
        "--log.format=json",
      ],
      port: nodeMetricsPort,
      healthPath: "/-/ready",
      env: {},
      volumes: [
        { name: "config", path: configFolder, configMap: { name: configName } },
        { name: "data", path: dataFolder, writable: true, emptyDir: { sizeLimit: "1Gi" } },
      ],
      resources: {
        requests: { ...sizes.standard.requests, "ephemeral-storage": "1Gi" },
        limits: { ...sizes.standard.limits, "ephemeral-storage": "1280Mi" },
      },
      ingress: namespaces.map((namespace) => ({
        peer: { kind: "pods", namespace, labels: { app: prometheusName } },
        ports: ["metrics"],
      })),
      egress: [kubeApi, { peer: { kind: "addresses", cidrs: nodes }, ports: [kubeletPort] }],
      kubeApi: true,
      annotated: true,
    },
    meta,
  );
  const config: KubernetesObject = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: meta(configName),
    immutable: true,
    data,
  };
  return {
    type: "suoke:cluster:NodeMetrics",
    name: nodeMetricsName,
    dependsOn: [`namespace-${agentsNamespace}`],
    exemptions: [pinnedImages, withoutDigest, oneIsEnough],
    manifests: [...rights(metadata), config, ...program].map((object) => ({ object })),
  };
}

/** It lists the nodes and reads their metrics: `nodes/metrics` is every `/metrics` path of a kubelet and nothing else of it. */
function rights(metadata: Pick<Metadata, "labels">): KubernetesObject[] {
  const apiGroup = "rbac.authorization.k8s.io";
  const name = nodeMetricsName;
  return [
    {
      apiVersion: `${apiGroup}/v1`,
      kind: "ClusterRole",
      metadata: { name, ...metadata },
      rules: [
        { apiGroups: [""], resources: ["nodes"], verbs: ["get", "list", "watch"] },
        { apiGroups: [""], resources: ["nodes/metrics"], verbs: ["get"] },
      ],
    },
    {
      apiVersion: `${apiGroup}/v1`,
      kind: "ClusterRoleBinding",
      metadata: { name, ...metadata },
      roleRef: { apiGroup, kind: "ClusterRole", name },
      subjects: [{ kind: "ServiceAccount", name, namespace: agentsNamespace }],
    },
  ];
}
