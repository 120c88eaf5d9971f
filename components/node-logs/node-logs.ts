import { pinnedImages, withoutDigest } from "../exemptions.ts";
import { labels } from "../../kubernetes/labels.ts";
import type { Component, Metadata } from "../../kubernetes/manifest.ts";
import { contentHash } from "../../kubernetes/names.ts";
import type { Peer } from "../../kubernetes/network.ts";
import { networkPolicy } from "../../kubernetes/network.ts";
import { toYaml } from "../../kubernetes/render.ts";
import { images } from "../images.ts";
import { collectorPorts, queueFolder } from "../telemetry/collector.ts";
import { gatewayName, logsAgentName } from "../telemetry/names.ts";
import { programPod } from "../telemetry/pods.ts";
import type { LogSource } from "./config.ts";
import { nodeLogsConfig, podLogs } from "./config.ts";
import { agentsNamespace } from "./names.ts";

/** Bytes on the node that one environment's lines may take while its gateway is away; files hold the rest. */
const queueBytes = 128 * 1024 * 1024;

/**
 * The collector that reads containers' logs on each node, for the environments of this cluster.
 * @param scrapers who may ask it how it is
 */
export function nodeLogs(sources: readonly LogSource[], scrapers: readonly Peer[]): Component {
  const meta = (name: string): Metadata => ({
    name,
    namespace: agentsNamespace,
    labels: labels({ app: logsAgentName, component: "platform", team: "platform" }),
  });
  const metadata = meta(logsAgentName);
  const data = { "config.yaml": toYaml(nodeLogsConfig(sources, queueBytes)) };
  const configName = `${logsAgentName}-${contentHash(data)}`;
  const { health, metrics } = collectorPorts;
  const pod = programPod({
    app: logsAgentName,
    labels: metadata.labels,
    image: images.otelCollector,
    args: ["--config=/etc/otelcol/config.yaml"],
    config: { name: configName, folder: "otelcol" },
    ports: { health, metrics },
    healthPath: "/",
    metricsPort: metrics,
    env: {},
    size: { cpu: "100m", memory: "256Mi" },
    ephemeral: "256Mi",
    volumes: [
      { name: "logs", path: podLogs, readOnly: true, hostPath: { path: podLogs, type: "Directory" } },
      // How far each file was read, and what waits: both outlive the pod.
      {
        name: "queue",
        path: queueFolder,
        hostPath: { path: "/var/lib/suoke/otel-logs", type: "DirectoryOrCreate" },
      },
    ],
    graceSeconds: 30,
  });
  return {
    type: "suoke:cluster:NodeLogs",
    name: logsAgentName,
    dependsOn: [`namespace-${agentsNamespace}`],
    exemptions: [
      pinnedImages,
      withoutDigest,
      ...Object.entries({
        "pods/volumes": "has volumes of other types: logs, queue.",
        "pods/group": "has runAsGroup 0.",
        "containers/non-root": `${logsAgentName}: may run as root.`,
      }).map(([rule, problem]) => ({
        rule,
        problems: [problem],
        reason: "The runtime's log files are on the node, belong to root, and nobody else may read them.",
        until: "2027-11-30",
      })),
    ],
    manifests: [
      { object: { apiVersion: "v1", kind: "ServiceAccount", metadata, automountServiceAccountToken: false } },
      { object: { apiVersion: "v1", kind: "ConfigMap", metadata: meta(configName), immutable: true, data } },
      {
        object: networkPolicy(
          metadata,
          { app: logsAgentName },
          {
            ingress: scrapers.map((peer) => ({ peer, ports: ["metrics"] })),
            egress: sources.map(({ namespace }) => ({
              peer: { kind: "pods" as const, namespace, labels: { app: gatewayName } },
              ports: [collectorPorts.logs],
            })),
          },
        ),
      },
      {
        object: {
          apiVersion: "apps/v1",
          kind: "DaemonSet",
          metadata,
          spec: {
            selector: { matchLabels: { app: logsAgentName } },
            revisionHistoryLimit: 2,
            updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1 } },
            template: asRoot(pod),
          },
        },
      },
    ],
  };
}

type Pod = ReturnType<typeof programPod>;

/** The runtime's files belong to root and nobody else may read them. Without capabilities root is no more than their owner. */
function asRoot(pod: Pod): Pod {
  const root = { runAsNonRoot: false, runAsUser: 0, runAsGroup: 0 };
  return {
    ...pod,
    spec: {
      ...pod.spec,
      containers: (pod.spec?.containers ?? []).map((container) => ({
        ...container,
        securityContext: { ...container.securityContext, ...root },
      })),
      securityContext: { ...root, seccompProfile: { type: "RuntimeDefault" } },
      // Every node that an environment's pods may run on.
      tolerations: [{ operator: "Exists", effect: "NoSchedule" }],
    },
  };
}
