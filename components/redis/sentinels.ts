import type { KubernetesObject, ObjectOf } from "../../kubernetes/manifest.ts";
import { disruptionBudget } from "../../kubernetes/disruption.ts";
import { contentHash } from "../../kubernetes/names.ts";
import { secretsHash } from "../../kubernetes/secret-manifest.ts";
import { images } from "../images.ts";
import type { Installation, Layout } from "./layout.ts";
import { metadataOf, sentinelPort } from "./layout.ts";
import type { Container, ContainerSize } from "./pods.ts";
import {
  containerSettings,
  execProbe,
  headlessService,
  podService,
  podSettings,
  resourcesOf,
  scriptEnv,
} from "./pods.ts";
import { askScript } from "./scripts/ask.ts";
import { sentinelReadyScript, startSentinelScript } from "./scripts/sentinel.ts";
import { internalPassword, sentinelSecret, sentinelSecretName } from "./secrets.ts";
import { sentinelConfig, watchConfig } from "./sentinel-config.ts";

const size: ContainerSize = { cpu: { request: "50m", limit: "200m" }, memory: "64Mi", scratch: "32Mi" };
/** The least that common providers give; a Sentinel keeps a page of text. */
const volume = "1Gi";

const port = { name: "sentinel", port: sentinelPort } as const;

/** The Sentinels of an installation, with what only they need. */
export function sentinels(installation: Installation, layout: Layout): KubernetesObject[] {
  const { name } = installation;
  const { sentinelApp: app } = layout;
  const meta = (object: string) => metadataOf(installation, app, object);
  const files = sentinelFiles(installation);
  const configName = `${app}-config-${contentHash(files)}`;
  return [
    { apiVersion: "v1", kind: "ConfigMap", metadata: meta(configName), immutable: true, data: files },
    headlessService(meta(`${name}-sentinels`), app, port),
    ...layout.sentinels.map((sentinel) => podService(meta(sentinel), app, port)),
    disruptionBudget(app, meta(app)),
    statefulSet(installation, layout, configName),
  ];
}

/** Everything that a Sentinel reads and that is no secret. */
export function sentinelFiles(installation: Installation): Record<string, string> {
  return {
    "sentinel.conf": sentinelConfig(),
    "watch.conf": watchConfig(installation),
    "ask.sh": askScript,
    "start.sh": startSentinelScript,
    "ready.sh": sentinelReadyScript,
  };
}

function statefulSet(installation: Installation, layout: Layout, configName: string): ObjectOf<"StatefulSet"> {
  const { name, data } = installation;
  const { sentinelApp: app } = layout;
  const metadata = metadataOf(installation, app);
  const health = internalPassword(installation, "health");
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata,
    spec: {
      serviceName: `${name}-sentinels`,
      replicas: layout.sentinels.length,
      // None is ready before it sees the others.
      podManagementPolicy: "Parallel",
      minReadySeconds: 5,
      revisionHistoryLimit: 5,
      updateStrategy: { type: "RollingUpdate" },
      selector: { matchLabels: { app } },
      template: {
        metadata: {
          labels: metadata.labels,
          annotations: secretsHash({ ...sentinelSecret(installation), health: health.value }),
        },
        spec: {
          ...podSettings(installation, app),
          terminationGracePeriodSeconds: 15,
          containers: [container(installation, layout)],
          volumes: [
            { name: "config", configMap: { name: configName } },
            { name: "secret", secret: { secretName: sentinelSecretName(name), defaultMode: 0o440 } },
          ],
        },
      },
      persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
      volumeClaimTemplates: [
        {
          metadata: { name: "data" },
          spec: {
            accessModes: ["ReadWriteOnce"],
            storageClassName: data.storageClass,
            resources: { requests: { storage: volume } },
          },
        },
      ],
    },
  };
}

function container(installation: Installation, layout: Layout): Container {
  return {
    name: "sentinel",
    image: images.redis,
    command: ["sh", "/etc/sentinel/config/start.sh"],
    ports: [{ name: port.name, containerPort: port.port, protocol: "TCP" }],
    env: scriptEnv(installation, layout, internalPassword(installation, "health")),
    resources: resourcesOf(size),
    startupProbe: { tcpSocket: { port: port.name }, periodSeconds: 2, timeoutSeconds: 2, failureThreshold: 60 },
    livenessProbe: { tcpSocket: { port: port.name }, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 },
    readinessProbe: {
      ...execProbe("/etc/sentinel/config/ready.sh"),
      periodSeconds: 5,
      timeoutSeconds: 5,
      failureThreshold: 2,
    },
    ...containerSettings(),
    volumeMounts: [
      { name: "config", mountPath: "/etc/sentinel/config", readOnly: true },
      { name: "secret", mountPath: "/etc/sentinel/secret", readOnly: true },
      { name: "data", mountPath: "/data" },
    ],
  };
}
