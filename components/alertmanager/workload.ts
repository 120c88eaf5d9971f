import { hardenedContainer, hardenedPod } from "../../kubernetes/hardened.ts";
import type { Metadata, ObjectOf } from "../../kubernetes/manifest.ts";
import { spread } from "../../kubernetes/placement.ts";
import { images } from "../images.ts";
import type { ManagedMetrics } from "../prometheus/data.ts";
import { configFile, configFolder } from "./config.ts";
import { alertmanagerName, alertmanagerPort, gossipPort, peersName } from "./names.ts";
import { receiversFolder } from "./receivers.ts";

export interface WorkloadArgs {
  readonly size: ManagedMetrics["alertmanager"];
  readonly namespace: string;
  readonly zoneSpread: "preferred" | "required";
  readonly config: string;
  /** Secret with what receivers need, and the hash that a rotation changes. */
  readonly receivers?: { readonly secret: string; readonly annotations: Readonly<Record<string, string>> };
}

const dataFolder = "/alertmanager";

type Container = NonNullable<NonNullable<ObjectOf<"StatefulSet">["spec"]>["template"]["spec"]>["containers"][number];

/** Keeps silences and what it has told on a volume: a restart must tell nobody twice. */
export function alertmanagerSet(args: WorkloadArgs, metadata: Metadata): ObjectOf<"StatefulSet"> {
  const { size, config, receivers } = args;
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata,
    spec: {
      serviceName: peersName,
      replicas: size.replicas,
      revisionHistoryLimit: 5,
      podManagementPolicy: "Parallel",
      selector: { matchLabels: { app: alertmanagerName } },
      template: {
        metadata: {
          labels: { ...metadata.labels },
          annotations: {
            "prometheus.io/scrape": "true",
            "prometheus.io/port": String(alertmanagerPort),
            "prometheus.io/path": "/metrics",
            ...receivers?.annotations,
          },
        },
        spec: {
          serviceAccountName: alertmanagerName,
          ...hardenedPod(),
          priorityClassName: "suoke-service",
          topologySpreadConstraints: spread({ matchLabels: { app: alertmanagerName }, zones: args.zoneSpread }),
          containers: [container(args)],
          volumes: [
            { name: "config", configMap: { name: config } },
            ...(receivers === undefined ? [] : [{ name: "receivers", secret: { secretName: receivers.secret } }]),
          ],
        },
      },
      volumeClaimTemplates: [
        {
          metadata: { name: "data", labels: { ...metadata.labels } },
          spec: {
            accessModes: ["ReadWriteOnce"],
            storageClassName: size.storage.class,
            resources: { requests: { storage: size.storage.size } },
          },
        },
      ],
    },
  };
}

function container({ size, namespace, receivers }: WorkloadArgs): Container {
  const probe = (path: string) => ({ httpGet: { path, port: "http" }, timeoutSeconds: 5 });
  const peers = Array.from(
    { length: size.replicas },
    (_, index) => `--cluster.peer=${alertmanagerName}-${index}.${peersName}.${namespace}.svc:${gossipPort}`,
  );
  return {
    name: alertmanagerName,
    image: images.alertmanager,
    imagePullPolicy: "IfNotPresent",
    args: [
      `--config.file=${configFolder}/${configFile}`,
      `--storage.path=${dataFolder}`,
      `--web.listen-address=0.0.0.0:${alertmanagerPort}`,
      `--web.external-url=http://${alertmanagerName}.${namespace}:${alertmanagerPort}`,
      // Alone it has nobody to agree with.
      ...(size.replicas === 1
        ? ["--cluster.listen-address="]
        : [
            `--cluster.listen-address=0.0.0.0:${gossipPort}`,
            "--cluster.advertise-address=$(POD_IP):" + String(gossipPort),
            ...peers,
          ]),
      "--log.format=json",
    ],
    env: [{ name: "POD_IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } }],
    ports: [
      { name: "http", containerPort: alertmanagerPort, protocol: "TCP" },
      { name: "gossip", containerPort: gossipPort, protocol: "TCP" },
      { name: "gossip-udp", containerPort: gossipPort, protocol: "UDP" },
    ],
    resources: {
      requests: { cpu: "50m", memory: "64Mi", "ephemeral-storage": "32Mi" },
      limits: { cpu: "500m", memory: "128Mi", "ephemeral-storage": "64Mi" },
    },
    livenessProbe: { ...probe("/-/healthy"), periodSeconds: 10, failureThreshold: 6 },
    readinessProbe: { ...probe("/-/ready"), periodSeconds: 5, failureThreshold: 3 },
    ...hardenedContainer(),
    volumeMounts: [
      { name: "config", mountPath: configFolder, readOnly: true },
      { name: "data", mountPath: dataFolder },
      ...(receivers === undefined ? [] : [{ name: "receivers", mountPath: receiversFolder, readOnly: true }]),
    ],
  };
}
