import { sizes } from "../../catalogue/sizes.ts";
import { disruptionBudget } from "../../kubernetes/disruption.ts";
import type { SecretKey } from "../../kubernetes/handles.ts";
import { hardenedContainer, hardenedPod } from "../../kubernetes/hardened.ts";
import type { KubernetesObject, Metadata } from "../../kubernetes/manifest.ts";
import { shortHash } from "../../kubernetes/names.ts";
import { mask } from "../../kubernetes/sinks.ts";
import { images } from "../images.ts";

/** The plan's name and port: its scrape configuration goes by them. */
export const exporterName = "postgres-exporter";
export const exporterPort = 9187;

/** `pg_*` metrics of the servers whose URLs `dataSource` holds, separated by commas. */
export function exporterObjects(dataSource: SecretKey, metadata: Metadata): KubernetesObject[] {
  const selector = { app: exporterName };
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata, automountServiceAccountToken: false },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata,
      spec: {
        // One is enough: a gap of a scrape or two is no loss, and two would count everything twice.
        replicas: 1,
        strategy: { type: "Recreate" },
        revisionHistoryLimit: 2,
        selector: { matchLabels: selector },
        template: {
          metadata: {
            labels: { ...metadata.labels },
            annotations: {
              "prometheus.io/scrape": "true",
              "prometheus.io/port": String(exporterPort),
              "prometheus.io/path": "/metrics",
              "suoke.life/secrets-hash": shortHash(mask(dataSource.value)),
            },
          },
          spec: {
            serviceAccountName: exporterName,
            ...hardenedPod(),
            priorityClassName: "suoke-service",
            containers: [
              {
                name: exporterName,
                image: images.postgresExporter,
                imagePullPolicy: "IfNotPresent",
                args: ["--collector.stat_statements", "--collector.long_running_transactions"],
                ports: [{ name: "metrics", containerPort: exporterPort, protocol: "TCP" }],
                env: [
                  {
                    name: "DATA_SOURCE_NAME",
                    valueFrom: { secretKeyRef: { name: dataSource.secret, key: dataSource.key } },
                  },
                ],
                resources: { requests: { ...sizes.lean.requests }, limits: { ...sizes.lean.limits } },
                // It answers without asking the database: a database that is down must not restart what reports it.
                livenessProbe: { httpGet: { path: "/", port: "metrics" }, periodSeconds: 10, timeoutSeconds: 5 },
                readinessProbe: { tcpSocket: { port: "metrics" }, periodSeconds: 5 },
                ...hardenedContainer(),
              },
            ],
          },
        },
      },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata,
      spec: {
        type: "ClusterIP",
        selector,
        ports: [{ name: "metrics", port: exporterPort, targetPort: "metrics", protocol: "TCP", appProtocol: "http" }],
      },
    },
    disruptionBudget(exporterName, metadata),
  ];
}
