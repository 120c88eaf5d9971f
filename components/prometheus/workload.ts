import { hardenedContainer, hardenedPod } from "../../kubernetes/hardened.ts";
import type { Metadata, ObjectOf } from "../../kubernetes/manifest.ts";
import { formatCores, parseQuantity } from "../../kubernetes/quantity.ts";
import { spread } from "../../kubernetes/placement.ts";
import { images } from "../images.ts";
import { configFile, configFolder, remoteTokenFolder } from "./config.ts";
import type { ManagedMetrics } from "./data.ts";
import { prometheusName, prometheusPods, prometheusPort } from "./names.ts";

export interface WorkloadArgs {
  readonly size: ManagedMetrics["prometheus"];
  readonly zoneSpread: "preferred" | "required";
  /** Address under which people reach it, for the links in alerts. */
  readonly url: string;
  /** ConfigMap with the configuration and the rules. */
  readonly config: string;
  /** Secret with the token of the remote store, and the hash that a rotation changes. */
  readonly remoteToken?: { readonly secret: string; readonly annotations: Readonly<Record<string, string>> };
}

const dataFolder = "/prometheus";

export function prometheusSet(args: WorkloadArgs, metadata: Metadata): ObjectOf<"StatefulSet"> {
  const { size, config, remoteToken } = args;
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata,
    spec: {
      serviceName: prometheusPods,
      replicas: size.replicas,
      revisionHistoryLimit: 5,
      podManagementPolicy: "Parallel",
      selector: { matchLabels: { app: prometheusName } },
      // Series of a set that is gone may still be asked for.
      persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
      template: {
        metadata: {
          labels: { ...metadata.labels },
          annotations: {
            "prometheus.io/scrape": "true",
            "prometheus.io/port": String(prometheusPort),
            "prometheus.io/path": "/metrics",
            ...remoteToken?.annotations,
          },
        },
        spec: {
          serviceAccountName: prometheusName,
          ...hardenedPod(),
          // It asks the API server what there is to scrape.
          automountServiceAccountToken: true,
          priorityClassName: "suoke-service",
          // The head block is written out before it ends.
          terminationGracePeriodSeconds: 120,
          topologySpreadConstraints: spread({ matchLabels: { app: prometheusName }, zones: args.zoneSpread }),
          containers: [container(args)],
          volumes: [
            { name: "config", configMap: { name: config } },
            ...(remoteToken === undefined ? [] : [{ name: "remote", secret: { secretName: remoteToken.secret } }]),
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

type Container = NonNullable<NonNullable<ObjectOf<"StatefulSet">["spec"]>["template"]["spec"]>["containers"][number];

function container({ size, url, remoteToken }: WorkloadArgs): Container {
  const { cpu, memory } = size.resources;
  const probe = (path: string) => ({ httpGet: { path, port: "http" }, timeoutSeconds: 5 });
  return {
    name: prometheusName,
    image: images.prometheus,
    imagePullPolicy: "IfNotPresent",
    args: [
      `--config.file=${configFolder}/${configFile}`,
      // It looks for a changed configuration itself: a new rule does not cost a restart and its minutes of replay.
      "--config.auto-reload",
      "--config.auto-reload-interval=30s",
      `--storage.tsdb.path=${dataFolder}`,
      `--web.listen-address=0.0.0.0:${prometheusPort}`,
      `--web.external-url=${url}`,
      "--log.format=json",
    ],
    ports: [{ name: "http", containerPort: prometheusPort, protocol: "TCP" }],
    env: [{ name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }],
    resources: {
      requests: { cpu, memory, "ephemeral-storage": "64Mi" },
      limits: { cpu: formatCores(parseQuantity(cpu) * 2), memory, "ephemeral-storage": "128Mi" },
    },
    // Replaying the log of a busy day takes minutes.
    startupProbe: { ...probe("/-/ready"), periodSeconds: 5, failureThreshold: 180 },
    livenessProbe: { ...probe("/-/healthy"), periodSeconds: 10, failureThreshold: 6 },
    readinessProbe: { ...probe("/-/ready"), periodSeconds: 5, failureThreshold: 3 },
    ...hardenedContainer(),
    volumeMounts: [
      { name: "config", mountPath: configFolder, readOnly: true },
      { name: "data", mountPath: dataFolder },
      ...(remoteToken === undefined ? [] : [{ name: "remote", mountPath: remoteTokenFolder, readOnly: true }]),
    ],
  };
}
