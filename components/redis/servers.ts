import type { KubernetesObject, Manifest, ObjectOf } from "../../kubernetes/manifest.ts";
import { disruptionBudget } from "../../kubernetes/disruption.ts";
import { contentHash } from "../../kubernetes/names.ts";
import { formatBytes } from "../../kubernetes/quantity.ts";
import { secretsHash } from "../../kubernetes/secret-manifest.ts";
import { images } from "../images.ts";
import type { Installation, Layout } from "./layout.ts";
import { metadataOf, redisPort } from "./layout.ts";
import type { Container, ContainerSize, PodSpec } from "./pods.ts";
import {
  containerSettings,
  execProbe,
  headlessService,
  podService,
  podSettings,
  resourcesOf,
  scriptEnv,
  secretEnv,
} from "./pods.ts";
import { askScript } from "./scripts/ask.ts";
import {
  keeperScript,
  handoverPatience,
  liveScript,
  readyScript,
  startServerScript,
  stopServerScript,
} from "./scripts/server.ts";
import { internalPassword, serverSecret, serverSecretName } from "./secrets.ts";
import { serverConfig, shutdownSeconds } from "./server-config.ts";
import { maxMemory } from "./sizing.ts";

/** One command at a time is Redis' nature; the second core is for forks and for freeing memory. */
const serverCpuLimit = "2";
const keeperSize: ContainerSize = { cpu: { request: "10m", limit: "100m" }, memory: "32Mi", scratch: "16Mi" };

/** Seconds for a last snapshot on the way out, after handing over and after the replicas have caught up. */
const lastSnapshotSeconds = 30;
/** Seconds that loading the data may take at a start, and waiting for the Sentinels before. */
const startSeconds = 600;

const port = { name: "redis", port: redisPort } as const;

/** The servers of an installation, with what only they need. */
export function servers(installation: Installation, layout: Layout): Manifest[] {
  const { name, durable } = installation;
  const { serverApp: app } = layout;
  const meta = (object: string) => metadataOf(installation, app, object);
  const files = configFiles(installation);
  const configName = `${name}-config-${contentHash(files)}`;
  const objects: KubernetesObject[] = [
    { apiVersion: "v1", kind: "ConfigMap", metadata: meta(configName), immutable: true, data: files },
    headlessService(meta(`${name}-servers`), app, port),
    ...(layout.sentinels.length === 0 ? [] : layout.servers.map((server) => podService(meta(server), app, port))),
    disruptionBudget(app, meta(name)),
  ];
  const set: Manifest = {
    object: statefulSet(installation, layout, configName),
    ...(durable?.protect === true ? { lifecycle: { protect: true } } : {}),
  };
  return [...objects.map((object) => ({ object })), set];
}

/** Everything that a server reads and that is no secret. */
export function configFiles(installation: Installation): Record<string, string> {
  return {
    "redis.conf": serverConfig(installation),
    "ask.sh": askScript,
    "start.sh": startServerScript,
    "stop.sh": stopServerScript,
    "live.sh": liveScript,
    "ready.sh": readyScript,
    "keeper.sh": keeperScript,
  };
}

function statefulSet(installation: Installation, layout: Layout, configName: string): ObjectOf<"StatefulSet"> {
  const { name, data, durable } = installation;
  const metadata = metadataOf(installation, layout.serverApp);
  const { "replication.conf": replication } = serverSecret(installation);
  const { HEALTH_PASSWORD, KEEPER_PASSWORD, HANDOVER_PASSWORD } = passwords(installation);
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata,
    spec: {
      serviceName: `${name}-servers`,
      replicas: layout.servers.length,
      // The first server is there before the next, so that a new installation has one primary to begin with.
      podManagementPolicy: "OrderedReady",
      // A replica that has just come back proves itself before the next one goes.
      minReadySeconds: 10,
      revisionHistoryLimit: 5,
      updateStrategy: { type: "RollingUpdate" },
      selector: { matchLabels: { app: layout.serverApp } },
      template: {
        metadata: {
          labels: metadata.labels,
          // The ACL file is not among them: its changes are applied to the running server.
          annotations: secretsHash({
            replication,
            health: HEALTH_PASSWORD.value,
            keeper: KEEPER_PASSWORD.value,
            handover: HANDOVER_PASSWORD.value,
          }),
        },
        spec: podSpec(installation, layout, configName),
      },
      ...(durable === undefined
        ? {}
        : {
            persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
            volumeClaimTemplates: [
              {
                metadata: { name: "data" },
                spec: {
                  accessModes: ["ReadWriteOnce"],
                  storageClassName: data.storageClass,
                  resources: { requests: { storage: durable.volume } },
                },
              },
            ],
          }),
    },
  };
}

function passwords(installation: Installation) {
  return {
    HEALTH_PASSWORD: internalPassword(installation, "health"),
    KEEPER_PASSWORD: internalPassword(installation, "keeper"),
    HANDOVER_PASSWORD: internalPassword(installation, "handover"),
  };
}

function podSpec(installation: Installation, layout: Layout, configName: string): PodSpec {
  const { name, data, durable } = installation;
  const scratch = formatBytes(maxMemory(name, data.memory));
  return {
    ...podSettings(installation, layout.serverApp),
    terminationGracePeriodSeconds: handoverPatience + shutdownSeconds + lastSnapshotSeconds,
    containers: [serverContainer(installation, layout), keeperContainer(installation, layout)],
    volumes: [
      { name: "config", configMap: { name: configName } },
      { name: "acl", secret: secretFile(name, "users.acl") },
      { name: "secret", secret: secretFile(name, "replication.conf") },
      // The file that the start script makes has a password in it, so that it stays in memory.
      { name: "run", emptyDir: { medium: "Memory", sizeLimit: "1Mi" } },
      // A cache writes there only what a replica receives that is not empty.
      ...(durable === undefined ? [{ name: "data", emptyDir: { sizeLimit: scratch } }] : []),
    ],
  };
}

function secretFile(name: string, file: string) {
  return { secretName: serverSecretName(name), items: [{ key: file, path: file }], defaultMode: 0o440 };
}

function serverContainer(installation: Installation, layout: Layout): Container {
  const { name, data, durable } = installation;
  const { HEALTH_PASSWORD, HANDOVER_PASSWORD } = passwords(installation);
  const replicated = layout.sentinels.length > 0;
  const scratch = durable === undefined ? formatBytes(maxMemory(name, data.memory) + 64 * 2 ** 20) : "64Mi";
  return {
    name: "redis",
    image: images.redis,
    command: ["sh", "/etc/redis/config/start.sh"],
    ports: [{ name: port.name, containerPort: port.port, protocol: "TCP" }],
    env: [
      ...scriptEnv(installation, layout, HEALTH_PASSWORD),
      ...(replicated ? [secretEnv("HANDOVER_PASSWORD", HANDOVER_PASSWORD)] : []),
    ],
    resources: resourcesOf({ cpu: { request: data.cpu, limit: serverCpuLimit }, memory: data.memory, scratch }),
    startupProbe: {
      ...execProbe("/etc/redis/config/live.sh"),
      periodSeconds: 2,
      timeoutSeconds: 5,
      failureThreshold: startSeconds / 2,
    },
    // Half a minute and more of silence: the Sentinels act long before, and a restart can only make it worse.
    livenessProbe: {
      ...execProbe("/etc/redis/config/live.sh"),
      periodSeconds: 10,
      timeoutSeconds: 5,
      failureThreshold: 6,
    },
    readinessProbe: {
      ...execProbe("/etc/redis/config/ready.sh"),
      // It asks every Sentinel, and those that are gone take two seconds each.
      periodSeconds: 10,
      timeoutSeconds: 10,
      failureThreshold: 2,
    },
    ...(replicated ? { lifecycle: { preStop: { exec: { command: ["sh", "/etc/redis/config/stop.sh"] } } } } : {}),
    ...containerSettings(),
    volumeMounts: [
      { name: "config", mountPath: "/etc/redis/config", readOnly: true },
      { name: "acl", mountPath: "/etc/redis/acl", readOnly: true },
      { name: "secret", mountPath: "/etc/redis/secret", readOnly: true },
      { name: "run", mountPath: "/run/redis" },
      { name: "data", mountPath: "/data" },
    ],
  };
}

function keeperContainer(installation: Installation, layout: Layout): Container {
  const { HEALTH_PASSWORD, KEEPER_PASSWORD } = passwords(installation);
  return {
    name: "keeper",
    image: images.redis,
    command: ["sh", "/etc/redis/config/keeper.sh"],
    env: [...scriptEnv(installation, layout, HEALTH_PASSWORD), secretEnv("KEEPER_PASSWORD", KEEPER_PASSWORD)],
    resources: resourcesOf(keeperSize),
    ...containerSettings(),
    volumeMounts: [
      { name: "config", mountPath: "/etc/redis/config", readOnly: true },
      { name: "acl", mountPath: "/etc/redis/acl", readOnly: true },
    ],
  };
}
