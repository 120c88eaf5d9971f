import { oneIsEnough, pinnedImages, withoutDigest } from "../exemptions.ts";
import { disruptionBudget } from "../../kubernetes/disruption.ts";
import type { Endpoint } from "../../kubernetes/handles.ts";
import { labels } from "../../kubernetes/labels.ts";
import type { Component, Manifest, Metadata, ObjectOf } from "../../kubernetes/manifest.ts";
import { contentHash } from "../../kubernetes/names.ts";
import type { Connection, Peer } from "../../kubernetes/network.ts";
import { networkPolicy } from "../../kubernetes/network.ts";
import { secretManifest, secretsHash } from "../../kubernetes/secret-manifest.ts";
import type { SecretExpression } from "../../kubernetes/secrets.ts";
import { json } from "../../kubernetes/secrets.ts";
import { images } from "../images.ts";
import { exporterApp as app } from "./network.ts";
import type { Container, ContainerSize } from "./pods.ts";
import { containerSettings, podSettings, resourcesOf } from "./pods.ts";
import { sagasLua } from "./scripts/sagas.ts";

/** A server or Sentinel that the exporter can look at. */
export interface Target extends Endpoint {
  /** The component that it belongs to. */
  readonly component: string;
  /** Label of its pods. */
  readonly app: string;
  /** Password of its user `exporter`. */
  readonly password: SecretExpression;
}

export interface ExporterArgs {
  readonly namespace: string;
  readonly targets: readonly Target[];
  readonly zoneSpread: "preferred" | "required";
  readonly scraper: Peer;
}

/** What the scraper needs: `GET http://redis-exporter:9121/scrape?target=<url>` for each target. */
export interface RedisMetrics {
  readonly component: Component;
  readonly endpoint: Endpoint;
  /** `redis://host:port` of each target. */
  readonly targets: readonly string[];
}

const port = 9121;
const size: ContainerSize = { cpu: { request: "50m", limit: "500m" }, memory: "64Mi", scratch: "16Mi" };

/** One exporter for all of the environment's servers and Sentinels; it keeps no state, so that one pod is enough. */
export function redisExporter(args: ExporterArgs): RedisMetrics {
  const { namespace, targets, scraper } = args;
  const meta = (name: string): Metadata => ({
    name,
    namespace,
    labels: labels({ app, component: "data", team: "platform" }),
  });
  const files = { "sagas.lua": sagasLua };
  const configName = `${app}-config-${contentHash(files)}`;
  const passwords = json(Object.fromEntries(targets.map((target) => [keyOf(target), target.password])));
  const ports = Map.groupBy(targets, (target) => target.app);
  const egress = [...ports].map(([peer, its]): Connection => ({
    peer: { kind: "app", app: peer },
    ports: [...new Set(its.map((target) => target.port))],
  }));
  const objects: Manifest["object"][] = [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: meta(app), automountServiceAccountToken: false },
    { apiVersion: "v1", kind: "ConfigMap", metadata: meta(configName), immutable: true, data: files },
    networkPolicy(meta(app), { app }, { ingress: [{ peer: scraper, ports: ["metrics"] }], egress }),
    service(meta(app)),
    disruptionBudget(app, meta(app)),
    deployment(args, meta(app), configName, passwords),
  ];
  const secret = secretManifest({
    name: app,
    namespace,
    labels: meta(app).labels,
    values: { "passwords.json": passwords },
  });
  return {
    component: {
      type: "suoke:data:RedisExporter",
      name: app,
      dependsOn: [...new Set(targets.map(({ component }) => component))].sort(),
      manifests: [secret, ...objects.map((object) => ({ object }))],
      exemptions: [pinnedImages, withoutDigest, oneIsEnough],
    },
    endpoint: { host: app, port },
    targets: targets.map(({ host, port: its }) => `redis://${host}:${its}`),
  };
}

/** How the exporter's password file names a target: with the user that it logs in as. */
function keyOf({ host, port: its }: Target): string {
  return `redis://exporter@${host}:${its}`;
}

function service(metadata: Metadata): ObjectOf<"Service"> {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata,
    spec: {
      type: "ClusterIP",
      selector: { app },
      ports: [{ name: "metrics", port, targetPort: "metrics", protocol: "TCP", appProtocol: "http" }],
    },
  };
}

function deployment(
  { zoneSpread }: ExporterArgs,
  metadata: Metadata,
  configName: string,
  passwords: SecretExpression,
): ObjectOf<"Deployment"> {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata,
    spec: {
      replicas: 1,
      revisionHistoryLimit: 5,
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      selector: { matchLabels: { app } },
      template: {
        metadata: { labels: metadata.labels, annotations: secretsHash({ passwords }) },
        spec: {
          ...podSettings({ name: app, zoneSpread }, app, "suoke-service"),
          terminationGracePeriodSeconds: 10,
          containers: [container()],
          volumes: [
            { name: "config", configMap: { name: configName } },
            { name: "secret", secret: { secretName: app, defaultMode: 0o440 } },
          ],
        },
      },
    },
  };
}

/** Flags as https://github.com/oliver006/redis_exporter describes them. */
export function exporterFlags(): string[] {
  return [
    // No server of its own: each request names its target.
    "--redis.addr=",
    "--redis.user=exporter",
    "--redis.password-file=/etc/exporter/secret/passwords.json",
    // CONFIG GET would show the replication password.
    "--config-command=-",
    "--script=/etc/exporter/config/sagas.lua",
    "--lua-script-read-only",
    // Values of keys are health data.
    "--disable-exporting-key-values",
    "--append-instance-role-label",
    "--connection-timeout=5s",
  ];
}

function container(): Container {
  return {
    name: "redis-exporter",
    image: images.redisExporter,
    args: exporterFlags(),
    ports: [{ name: "metrics", containerPort: port, protocol: "TCP" }],
    resources: resourcesOf(size),
    readinessProbe: {
      httpGet: { path: "/health", port: "metrics" },
      periodSeconds: 5,
      timeoutSeconds: 2,
      failureThreshold: 2,
    },
    livenessProbe: {
      tcpSocket: { port: "metrics" },
      periodSeconds: 10,
      timeoutSeconds: 5,
      failureThreshold: 3,
    },
    ...containerSettings(),
    volumeMounts: [
      { name: "config", mountPath: "/etc/exporter/config", readOnly: true },
      { name: "secret", mountPath: "/etc/exporter/secret", readOnly: true },
    ],
  };
}
