import type { SecretKey } from "../../kubernetes/handles.ts";
import type { KubernetesObject, Metadata, ObjectOf } from "../../kubernetes/manifest.ts";
import { contentHash } from "../../kubernetes/names.ts";
import { parseQuantity } from "../../kubernetes/quantity.ts";
import { toYaml } from "../../kubernetes/render.ts";
import { images } from "../images.ts";
import { agentConfig } from "./agent-config.ts";
import { collectorPorts, queueFolder } from "./collector.ts";
import type { ManagedTracing } from "./data.ts";
import { agentName, compatibilityName } from "./names.ts";
import { programPod } from "./pods.ts";
import { hashKeyVariable, spanRedactionGate } from "./redaction.ts";

/** Room on each node for spans that wait while gateways are away. */
const queueRoom = "768Mi";
/** What the queue may fill of it: its file is compacted into a second one beside it. */
const queueShare = 0.25;

/** A collector on each node, and the two Services by which the pods of that node reach it. */
export function agentObjects(
  tracing: ManagedTracing,
  hashKey: SecretKey,
  meta: (name: string) => Metadata & { readonly namespace: string },
): KubernetesObject[] {
  const metadata = meta(agentName);
  const { thrift, grpc, http, health, metrics } = collectorPorts;
  const config = agentConfig({
    namespace: metadata.namespace,
    personal: tracing.personal,
    queueBytes: Math.floor(parseQuantity(queueRoom) * queueShare),
  });
  const data = { "config.yaml": toYaml(config) };
  const configName = `${agentName}-${contentHash(data)}`;
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata, automountServiceAccountToken: false },
    { apiVersion: "v1", kind: "ConfigMap", metadata: meta(configName), immutable: true, data },
    {
      apiVersion: "apps/v1",
      kind: "DaemonSet",
      metadata,
      spec: {
        selector: { matchLabels: { app: agentName } },
        revisionHistoryLimit: 2,
        // Half a minute at most without one on a node, and SDKs keep trying for that long.
        updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1 } },
        template: programPod({
          app: agentName,
          labels: metadata.labels,
          image: images.otelCollector,
          args: ["--config=/etc/otelcol/config.yaml", `--feature-gates=${spanRedactionGate}`],
          config: { name: configName, folder: "otelcol" },
          ports: { grpc, http, thrift, health, metrics },
          udp: ["thrift"],
          healthPath: "/",
          metricsPort: metrics,
          env: { [hashKeyVariable]: hashKey },
          size: tracing.agent,
          ephemeral: "1Gi",
          // Restricted pods may not keep anything on the node itself: what waits is lost with the pod, not with a crash.
          volumes: [{ name: "queue", path: queueFolder, emptyDir: { sizeLimit: queueRoom } }],
          kubeApi: true,
          graceSeconds: 30,
        }),
      },
    },
    service(metadata, [
      { name: "grpc", port: grpc, targetPort: "grpc", protocol: "TCP", appProtocol: "grpc" },
      { name: "http", port: http, targetPort: "http", protocol: "TCP", appProtocol: "http" },
    ]),
    service(meta(compatibilityName), [{ name: "thrift", port: thrift, targetPort: "thrift", protocol: "UDP" }]),
  ];
}

/** Stays on the node: its own agent, or none. */
function service(
  metadata: Metadata,
  ports: NonNullable<NonNullable<ObjectOf<"Service">["spec"]>["ports"]>,
): ObjectOf<"Service"> {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata,
    spec: { type: "ClusterIP", selector: { app: agentName }, internalTrafficPolicy: "Local", ports },
  };
}
