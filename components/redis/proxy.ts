import type { KubernetesObject, ObjectOf } from "../../kubernetes/manifest.ts";
import { disruptionBudget } from "../../kubernetes/disruption.ts";
import { contentHash } from "../../kubernetes/names.ts";
import { secretsHash } from "../../kubernetes/secret-manifest.ts";
import { images } from "../images.ts";
import type { Installation, Layout } from "./layout.ts";
import { metadataOf, proxyMetricsPort, redisPort } from "./layout.ts";
import type { Container, ContainerSize } from "./pods.ts";
import { containerSettings, podSettings, resourcesOf, secretEnv } from "./pods.ts";
import { proxyConfig, proxyDrainSeconds } from "./proxy-config.ts";
import { internalPassword } from "./secrets.ts";

/** Two buffers of 16 KiB for each of its connections at worst, and HAProxy itself. */
const size: ContainerSize = { cpu: { request: "100m", limit: "1" }, memory: "256Mi", scratch: "32Mi" };

/** Seconds until nobody is sent to a proxy any more that is about to stop. */
const leaveSeconds = 10;

/** The proxies, none for a single server. */
export function proxies(installation: Installation, layout: Layout): KubernetesObject[] {
  if (layout.proxies === 0) return [];
  const { proxyApp: app } = layout;
  const files = { "haproxy.cfg": proxyConfig(installation.name, layout) };
  const configName = `${app}-config-${contentHash(files)}`;
  const meta = (object: string) => metadataOf(installation, app, object);
  return [
    { apiVersion: "v1", kind: "ConfigMap", metadata: meta(configName), immutable: true, data: files },
    disruptionBudget(app, meta(app)),
    deployment(installation, layout, configName),
  ];
}

/** The Service that clients know: of the proxies, or of the only server. */
export function frontService(installation: Installation, { frontApp }: Layout): ObjectOf<"Service"> {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: metadataOf(installation, frontApp, installation.name),
    spec: {
      type: "ClusterIP",
      selector: { app: frontApp },
      ports: [{ name: "redis", port: redisPort, targetPort: "redis", protocol: "TCP" }],
    },
  };
}

function deployment(installation: Installation, layout: Layout, configName: string): ObjectOf<"Deployment"> {
  const { proxyApp: app } = layout;
  const metadata = metadataOf(installation, app);
  const health = internalPassword(installation, "health");
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata,
    spec: {
      replicas: layout.proxies,
      revisionHistoryLimit: 5,
      minReadySeconds: 5,
      progressDeadlineSeconds: 120,
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      selector: { matchLabels: { app } },
      template: {
        metadata: {
          labels: metadata.labels,
          annotations: {
            "prometheus.io/scrape": "true",
            "prometheus.io/port": String(proxyMetricsPort),
            "prometheus.io/path": "/metrics",
            ...secretsHash({ health: health.value }),
          },
        },
        spec: {
          ...podSettings(installation, app),
          terminationGracePeriodSeconds: leaveSeconds + proxyDrainSeconds + 5,
          containers: [container(installation)],
          volumes: [{ name: "config", configMap: { name: configName } }],
        },
      },
    },
  };
}

function container(installation: Installation): Container {
  return {
    name: "haproxy",
    image: images.haproxy,
    // With a master process, which passes signals on and ends when the workers have.
    command: ["haproxy", "-W", "-db", "-f", "/etc/haproxy/haproxy.cfg"],
    ports: [
      { name: "redis", containerPort: redisPort, protocol: "TCP" },
      { name: "metrics", containerPort: proxyMetricsPort, protocol: "TCP" },
    ],
    env: [secretEnv("HEALTH_PASSWORD", internalPassword(installation, "health"))],
    resources: resourcesOf(size),
    // Whether it has a primary to lead to does not count: while there is none, another proxy has none either.
    readinessProbe: {
      httpGet: { path: "/ready", port: "metrics" },
      periodSeconds: 2,
      timeoutSeconds: 2,
      failureThreshold: 2,
    },
    livenessProbe: { tcpSocket: { port: "metrics" }, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 },
    lifecycle: { preStop: { sleep: { seconds: leaveSeconds } } },
    ...containerSettings(),
    volumeMounts: [{ name: "config", mountPath: "/etc/haproxy", readOnly: true }],
  };
}
