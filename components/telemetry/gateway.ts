import type { EnvironmentValue, SecretKey } from "../../kubernetes/handles.ts";
import type { Elasticsearch } from "../elasticsearch/elasticsearch.ts";
import { disruptionBudget } from "../../kubernetes/disruption.ts";
import type { KubernetesObject, Metadata } from "../../kubernetes/manifest.ts";
import { contentHash } from "../../kubernetes/names.ts";
import { parseQuantity } from "../../kubernetes/quantity.ts";
import { toYaml } from "../../kubernetes/render.ts";
import { images } from "../images.ts";
import { collectorPorts, queueFolder } from "./collector.ts";
import type { ManagedTracing } from "./data.ts";
import { decisionSeconds, gatewayConfig, logsPassword, logsTlsFolder, logsUser } from "./gateway-config.ts";
import { logsCertificate, logsCertificateObjects } from "./logs-certificate.ts";
import { gatewayName, logsName } from "./names.ts";
import { programPod } from "./pods.ts";
import { hashKeyVariable } from "./redaction.ts";

/** What a queue may fill of the volume: there are two, and a file that is compacted is written anew beside the old one. */
const queueShare = 0.2;
/** A trace that waits to be complete: twenty spans of a kilobyte. */
const traceBytes = 20 * 1024;
/** What those may take of the memory. */
const traceShare = 0.4;

/** Traces that a gateway can hold until they are complete; the oldest is decided on early when there are more. */
export function openTraces({ gateway }: ManagedTracing): number {
  return Math.floor((parseQuantity(gateway.memory) * traceShare) / traceBytes);
}

export interface GatewayArgs {
  readonly tracing: ManagedTracing;
  readonly zoneSpread: "preferred" | "required";
  /** `host:port` of Jaeger's OTLP receiver. */
  readonly jaeger: string;
  /** Where log lines go, and the key by which personal data in them is hashed. */
  readonly logs?: { readonly store: Elasticsearch; readonly hashKey: SecretKey };
}

/** The gateways: a StatefulSet, as each has a queue of its own that a restart must find again. */
export function gatewayObjects(
  { tracing, zoneSpread, jaeger, logs }: GatewayArgs,
  meta: (name: string) => Metadata & { readonly namespace: string },
): KubernetesObject[] {
  const metadata = meta(gatewayName);
  const { gateway } = tracing;
  const { grpc, health, metrics, spanMetrics, logs: logsPort } = collectorPorts;
  const config = gatewayConfig({
    sampling: tracing.sampling,
    jaeger,
    queueBytes: Math.floor(parseQuantity(gateway.queue.size) * queueShare),
    openTraces: openTraces(tracing),
    ...(logs === undefined
      ? {}
      : {
          logs: {
            url: logs.store.url,
            authority: `${logs.store.authority.path}/ca.crt`,
            personal: tracing.personal,
          },
        }),
  });
  const data = { "config.yaml": toYaml(config) };
  const configName = `${gatewayName}-${contentHash(data)}`;
  const selector = { app: gatewayName };
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata, automountServiceAccountToken: false },
    { apiVersion: "v1", kind: "ConfigMap", metadata: meta(configName), immutable: true, data },
    {
      apiVersion: "apps/v1",
      kind: "StatefulSet",
      metadata,
      spec: {
        serviceName: gatewayName,
        replicas: gateway.replicas,
        revisionHistoryLimit: 2,
        podManagementPolicy: "Parallel",
        selector: { matchLabels: selector },
        template: programPod({
          app: gatewayName,
          labels: metadata.labels,
          image: images.otelCollector,
          args: ["--config=/etc/otelcol/config.yaml"],
          config: { name: configName, folder: "otelcol" },
          ports: { grpc, health, metrics, spans: spanMetrics, ...(logs === undefined ? {} : { logs: logsPort }) },
          healthPath: "/",
          metricsPort: metrics,
          findingsPort: spanMetrics,
          env: logs === undefined ? {} : logVariables(logs),
          size: gateway,
          ephemeral: "256Mi",
          volumes: logs === undefined ? [] : logVolumes(logs.store),
          claims: { queue: queueFolder },
          zoneSpread,
          // Traces that are still open are decided on before it ends.
          graceSeconds: decisionSeconds + 30,
        }),
        volumeClaimTemplates: [
          {
            apiVersion: "v1",
            kind: "PersistentVolumeClaim",
            metadata: { name: "queue" },
            spec: {
              accessModes: ["ReadWriteOnce"],
              storageClassName: gateway.queue.class,
              resources: { requests: { storage: gateway.queue.size } },
            },
          },
        ],
      },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata,
      spec: {
        type: "ClusterIP",
        clusterIP: "None",
        selector,
        ports: [{ name: "grpc", port: grpc, targetPort: "grpc", protocol: "TCP", appProtocol: "grpc" }],
      },
    },
    ...(logs === undefined
      ? []
      : [
          ...logsCertificateObjects(metadata.namespace, meta),
          {
            apiVersion: "v1" as const,
            kind: "Service" as const,
            metadata: meta(logsName),
            spec: {
              type: "ClusterIP" as const,
              selector,
              ports: [
                { name: "logs", port: logsPort, targetPort: "logs", protocol: "TCP" as const, appProtocol: "grpc" },
              ],
            },
          },
        ]),
    ...(gateway.replicas === 1 ? [] : [disruptionBudget(gatewayName, metadata)]),
  ];
}

function logVariables({ store, hashKey }: NonNullable<GatewayArgs["logs"]>): Record<string, EnvironmentValue> {
  const { username, password } = store.login("logs");
  return { [logsUser]: username, [logsPassword]: password, [hashKeyVariable]: hashKey };
}

function logVolumes({ authority }: Elasticsearch): Parameters<typeof programPod>[0]["volumes"] {
  return [
    { name: "authority", path: authority.path, readOnly: true, secret: { secretName: authority.secret } },
    { name: "tls", path: logsTlsFolder, readOnly: true, secret: { secretName: logsCertificate } },
  ];
}
