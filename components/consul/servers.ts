import { pinnedImages, withoutDigest } from "../exemptions.ts";
import type { Component, KubernetesObject, Manifest, Metadata, ObjectOf } from "../../kubernetes/manifest.ts";
import { contentHash } from "../../kubernetes/names.ts";
import type { Peer } from "../../kubernetes/network.ts";
import { spread } from "../../kubernetes/placement.ts";
import { parseQuantity } from "../../kubernetes/quantity.ts";
import { secretManifest } from "../../kubernetes/secret-manifest.ts";
import type { Rotations, SecretExpression } from "../../kubernetes/secrets.ts";
import { generatedBytes, generatedUuid, json } from "../../kubernetes/secrets.ts";
import { images } from "../images.ts";
import type { ManagedConsul } from "./data.ts";
import {
  components,
  consulApp,
  gossipKey,
  gossipSecret,
  managementKey,
  managementSecret,
  ports,
  serverCertificate,
  serverName,
} from "./names.ts";
import { networkPolicy, serverConnections } from "./network.ts";
import type { PodSpec, Room } from "./pods.ts";
import { consulLabels, container, podTemplate, serviceAccount } from "./pods.ts";
import { folders, serverConfig, serverSecretFile } from "./server.ts";
import type { Token } from "./tokens.ts";

export interface ServersArgs {
  readonly namespace: string;
  readonly data: ManagedConsul;
  /** The token that servers use for themselves. */
  readonly agent: Token;
  readonly rotations: Rotations;
  /** Services that may connect. */
  readonly services: readonly string[];
  readonly scraper: Peer | undefined;
  /** `required`: a server waits rather than crowd into one zone. */
  readonly zoneSpread: "preferred" | "required";
}

/** A server of a small cluster: its state is in memory, with a copy while it takes a snapshot of it. */
const room: Room = { cpu: ["250m", "1"], memory: ["256Mi", "512Mi"] };
/** Seconds a server takes to leave: hand over leadership, drain for 5 s, write its log. */
const leaveSeconds = 60;

/** The secrets of the servers that are not tokens of somebody else. */
export function serverSecrets(rotations: Rotations): {
  readonly gossip: SecretExpression;
  readonly management: SecretExpression;
} {
  return {
    gossip: generatedBytes("consul-gossip", { length: 32, rotation: rotations("consul-gossip") }),
    management: generatedUuid("consul-management", { rotation: rotations("consul-management") }),
  };
}

/** Consul's servers: a StatefulSet whose pods come up side by side, as none is ready before they have elected a leader. */
export function servers(args: ServersArgs): Component {
  const { namespace, services, scraper } = args;
  const meta = (name: string, annotations?: Record<string, string>): Metadata => ({
    name,
    namespace,
    labels: consulLabels(consulApp),
    ...(annotations === undefined ? {} : { annotations }),
  });
  const config = { "server.json": `${JSON.stringify(serverConfig(configArgs(args)), null, 2)}\n` };
  const configName = `${serverName}-config-${contentHash(config)}`;
  const { gossip, management } = serverSecrets(args.rotations);
  const secrets: readonly (readonly [string, Readonly<Record<string, SecretExpression>>])[] = [
    [gossipSecret, { [gossipKey]: gossip }],
    [managementSecret, { [managementKey]: management }],
    [serverName, { [serverSecretFile]: secretConfig(args.agent, gossip, management) }],
  ];
  const objects: KubernetesObject[] = [
    serviceAccount(consulApp, namespace),
    { apiVersion: "v1", kind: "ConfigMap", metadata: meta(configName), immutable: true, data: config },
    networkPolicy(consulApp, namespace, serverConnections(services, scraper)),
    ...serverServices(meta),
    budget(meta(serverName)),
  ];
  return {
    type: "suoke:configuration:ConsulServers",
    exemptions: [pinnedImages, withoutDigest],
    name: components.servers,
    dependsOn: [components.certificates],
    manifests: [
      ...secrets.map(([name, values]) => secretManifest({ name, namespace, labels: consulLabels(consulApp), values })),
      ...objects.map((object): Manifest => ({ object })),
      // Its volumes hold the only copy of what services are configured with.
      { object: statefulSet(args, meta(serverName), configName), lifecycle: { protect: true } },
    ],
  };
}

function configArgs({ namespace, data }: ServersArgs) {
  return { datacenter: namespace, namespace, servers: data.servers };
}

/** `secrets.json`, which Consul reads after `server.json` and adds to it. */
function secretConfig(agent: Token, gossip: SecretExpression, management: SecretExpression): SecretExpression {
  return json({
    encrypt: gossip,
    acl: { tokens: { initial_management: management, agent: agent.active.value } },
  });
}

/** The host of services and our own programs, and the headless one by which servers find each other. */
function serverServices(meta: (name: string) => Metadata): ObjectOf<"Service">[] {
  const port = (name: string, number: number, protocol: "TCP" | "UDP" = "TCP") => ({
    name,
    port: number,
    targetPort: name,
    protocol,
  });
  const selector = { app: consulApp };
  return [
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: meta(consulApp),
      spec: { type: "ClusterIP", selector, ports: [port("http", ports.http), port("https", ports.https)] },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: meta(serverName),
      spec: {
        type: "ClusterIP",
        clusterIP: "None",
        // They must find each other before any of them is ready.
        publishNotReadyAddresses: true,
        selector,
        ports: [
          port("https", ports.https),
          port("grpc-tls", ports.grpc),
          port("rpc", ports.rpc),
          port("gossip", ports.gossip),
          port("gossip-udp", ports.gossip, "UDP"),
        ],
      },
    },
  ];
}

/**
 * One server at a time, at any size. Unhealthy ones may be evicted only while enough others are healthy: without a majority
 * a drain must not take more of them.
 */
function budget(metadata: Metadata): ObjectOf<"PodDisruptionBudget"> {
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata,
    spec: {
      maxUnavailable: 1,
      unhealthyPodEvictionPolicy: "IfHealthyBudget",
      selector: { matchLabels: { app: consulApp } },
    },
  };
}

function statefulSet(args: ServersArgs, metadata: Metadata, configName: string): ObjectOf<"StatefulSet"> {
  const { data, rotations, agent } = args;
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata,
    spec: {
      serviceName: serverName,
      replicas: data.servers,
      revisionHistoryLimit: 5,
      // None becomes ready before a majority is there.
      podManagementPolicy: "Parallel",
      // Longer than the ten seconds after which a server that came back votes again.
      minReadySeconds: 20,
      updateStrategy: { type: "RollingUpdate" },
      persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
      selector: { matchLabels: { app: consulApp } },
      template: podTemplate({
        app: consulApp,
        secrets: { ...serverSecrets(rotations), agent: agent.active.value },
        priorityClass: "suoke-data",
        spec: podSpec(args, configName),
      }),
      volumeClaimTemplates: [
        {
          metadata: { name: "data", labels: consulLabels(consulApp) },
          spec: {
            accessModes: ["ReadWriteOnce"],
            storageClassName: data.storage.class,
            resources: { requests: { storage: data.storage.size } },
          },
        },
      ],
    },
  };
}

function podSpec({ data, zoneSpread }: ServersArgs, configName: string): PodSpec {
  const mounted = (name: string, mountPath: string) => ({ name, mountPath, readOnly: true });
  const probe = { periodSeconds: 5, timeoutSeconds: 5 };
  return {
    terminationGracePeriodSeconds: leaveSeconds,
    ...(data.servers === 1 ? {} : apart(zoneSpread)),
    containers: [
      container("consul", images.consul, room, {
        command: [
          "consul",
          "agent",
          "-node=$(POD_NAME)",
          "-advertise=$(POD_IP)",
          `-config-file=${folders.config}/server.json`,
          `-config-file=${folders.secrets}/${serverSecretFile}`,
        ],
        env: [
          { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
          { name: "POD_IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
          // Nine tenths of the limit: the collector works harder before the kernel kills.
          { name: "GOMEMLIMIT", value: `${Math.floor(parseQuantity(room.memory[1]) * 0.9)}B` },
        ],
        ports: [
          { name: "http", containerPort: ports.http, protocol: "TCP" },
          { name: "https", containerPort: ports.https, protocol: "TCP" },
          { name: "grpc-tls", containerPort: ports.grpc, protocol: "TCP" },
          { name: "rpc", containerPort: ports.rpc, protocol: "TCP" },
          { name: "gossip", containerPort: ports.gossip, protocol: "TCP" },
          { name: "gossip-udp", containerPort: ports.gossip, protocol: "UDP" },
        ],
        // Reading a large log back may take minutes; after that the port answers at once.
        startupProbe: { tcpSocket: { port: "http" }, ...probe, failureThreshold: 60 },
        // A server without a leader is alive: restarting it would help nobody.
        livenessProbe: {
          httpGet: { path: "/v1/status/leader", port: "http" },
          periodSeconds: 10,
          timeoutSeconds: 5,
          failureThreshold: 6,
        },
        // It answers reads only while it knows a leader.
        readinessProbe: { exec: { command: knowsLeader(ports.http) }, ...probe, failureThreshold: 2 },
        volumeMounts: [
          { name: "data", mountPath: folders.data },
          mounted("config", folders.config),
          mounted("secrets", folders.secrets),
          mounted("tls", folders.tls),
          { name: "tmp", mountPath: "/tmp" },
        ],
      }),
    ],
    volumes: [
      { name: "config", configMap: { name: configName } },
      { name: "secrets", secret: { secretName: serverName } },
      { name: "tls", secret: { secretName: serverCertificate } },
      { name: "tmp", emptyDir: { sizeLimit: "64Mi" } },
    ],
  };
}

/** The address of a leader has a colon; without one the answer is `""`. */
export function knowsLeader(port: number): string[] {
  return ["/bin/sh", "-c", `wget -q -T 3 -O - http://127.0.0.1:${port}/v1/status/leader | grep -q :`];
}

/** Two servers on one node would both go with it, and with them the majority. */
function apart(zones: "preferred" | "required"): Pick<PodSpec, "affinity" | "topologySpreadConstraints"> {
  const matchLabels = { app: consulApp };
  return {
    affinity: {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels } },
        ],
      },
    },
    topologySpreadConstraints: spread({ matchLabels, zones }),
  };
}
