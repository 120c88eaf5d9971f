import { disruptionBudget } from "../../kubernetes/disruption.ts";
import { oneIsEnough, pinnedImages, withoutDigest } from "../exemptions.ts";
import { labels } from "../../kubernetes/labels.ts";
import type { Component, KubernetesObject, Metadata, ObjectOf } from "../../kubernetes/manifest.ts";
import type { Connection, Peer } from "../../kubernetes/network.ts";
import { networkPolicy } from "../../kubernetes/network.ts";
import { contentHash } from "../../kubernetes/names.ts";
import { toYaml } from "../../kubernetes/render.ts";
import { secretManifest, secretsHash } from "../../kubernetes/secret-manifest.ts";
import type { Rotations, SecretExpression } from "../../kubernetes/secrets.ts";
import type { Alert } from "../monitoring/monitoring.ts";
import type { ManagedMetrics } from "../prometheus/data.ts";
import type { Notifications } from "./config.ts";
import { alertmanagerConfig, configFile, templatesFile } from "./config.ts";
import { alertmanagerName, alertmanagerPort, gossipPort, peersName } from "./names.ts";
import { deadMansSwitch, messageTemplate, receiverPort, receiverSecret } from "./receivers.ts";
import { alertmanagerSet } from "./workload.ts";

export interface AlertmanagerArgs {
  readonly namespace: string;
  readonly environment: string;
  readonly size: ManagedMetrics["alertmanager"];
  readonly zoneSpread: "preferred" | "required";
  readonly notifications: Notifications;
  readonly alerts: readonly Alert[];
  /** Who tells it of alerts, and who may look. */
  readonly clients: readonly Peer[];
  readonly rotations: Rotations;
}

const receiversSecret = "alertmanager-receivers";

/** Tells people of what fires: once, whoever it concerns, and not of what follows from it. */
export function alertmanager(args: AlertmanagerArgs): Component {
  const { namespace, size, notifications } = args;
  const meta = (name: string): Metadata & { readonly namespace: string } => ({
    name,
    namespace,
    labels: labels({ app: alertmanagerName, component: "platform", team: "platform" }),
  });
  const config = {
    [configFile]: toYaml(alertmanagerConfig(notifications, args.alerts, args.environment)),
    [templatesFile]: messageTemplate,
  };
  const configName = `alertmanager-config-${contentHash(config)}`;
  const secrets = receiverSecrets(notifications, args.rotations);
  const objects: KubernetesObject[] = [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: meta(alertmanagerName), automountServiceAccountToken: false },
    { apiVersion: "v1", kind: "ConfigMap", metadata: meta(configName), immutable: true, data: config },
    traffic(args, meta(alertmanagerName)),
    service(alertmanagerName, meta),
    service(peersName, meta),
    alertmanagerSet(
      {
        size,
        namespace,
        zoneSpread: args.zoneSpread,
        config: configName,
        ...(Object.keys(secrets).length === 0
          ? {}
          : { receivers: { secret: receiversSecret, annotations: secretsHash(secrets) } }),
      },
      meta(alertmanagerName),
    ),
    disruptionBudget(alertmanagerName, meta(alertmanagerName)),
  ];
  return {
    type: "suoke:platform:Alertmanager",
    name: alertmanagerName,
    dependsOn: [],
    exemptions: [
      pinnedImages,
      withoutDigest,
      oneIsEnough,
      ...(Object.keys(notifications.receivers).length === 0
        ? []
        : [
            {
              rule: "network/internet",
              problems: ["allows traffic to the whole internet."],
              reason: "Chats and mail servers have no addresses that stay; it knows no secret but theirs.",
              until: "2027-11-30",
            },
          ]),
      {
        rule: "data/protected",
        reason: "The volume holds silences and what was told; who deletes it is told once more.",
        until: "2027-11-30",
      },
    ],
    manifests: [
      ...(Object.keys(secrets).length === 0 ? [] : [secretManifest({ ...meta(receiversSecret), values: secrets })]),
      ...objects.map((object) => ({ object })),
    ],
  };
}

/** What is secret of each receiver, by the file that holds it. */
function receiverSecrets(
  { receivers, deadMansSwitch: watched }: Notifications,
  rotations: Rotations,
): Record<string, SecretExpression> {
  const names = [...Object.keys(receivers), ...(watched ? [deadMansSwitch] : [])].sort();
  return Object.fromEntries(names.map((name) => [name, receiverSecret(name, rotations(`receiver-${name}`))]));
}

function traffic(args: AlertmanagerArgs, metadata: Metadata): ObjectOf<"NetworkPolicy"> {
  const peers: Connection[] = (["TCP", "UDP"] as const).map((protocol) => ({
    peer: { kind: "app", app: alertmanagerName },
    ports: [gossipPort],
    protocol,
  }));
  const { receivers, deadMansSwitch: watched } = args.notifications;
  const outside = [...new Set([...Object.values(receivers).map(receiverPort), ...(watched ? [443] : [])])].sort();
  return networkPolicy(
    metadata,
    { app: alertmanagerName },
    {
      ingress: [...args.clients.map((peer) => ({ peer, ports: [alertmanagerPort] })), ...peers],
      egress: [...peers, ...(outside.length === 0 ? [] : [{ peer: { kind: "internet" as const }, ports: outside }])],
    },
  );
}

/** The plan's `alertmanager:9093` for people, and one name per replica for Prometheus and the replicas themselves. */
function service(name: string, meta: (name: string) => Metadata): ObjectOf<"Service"> {
  const headless = name === peersName;
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: meta(name),
    spec: {
      type: "ClusterIP",
      ...(headless ? { clusterIP: "None", publishNotReadyAddresses: true } : {}),
      selector: { app: alertmanagerName },
      ports: [
        { name: "http", port: alertmanagerPort, targetPort: "http", protocol: "TCP", appProtocol: "http" },
        ...(headless
          ? ([
              { name: "gossip", port: gossipPort, targetPort: "gossip", protocol: "TCP" },
              { name: "gossip-udp", port: gossipPort, targetPort: "gossip-udp", protocol: "UDP" },
            ] as const)
          : []),
      ],
    },
  };
}
