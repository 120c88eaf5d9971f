import { oneIsEnough, pinnedImages, withoutDigest } from "../exemptions.ts";
import { labels } from "../../kubernetes/labels.ts";
import { disruptionBudget } from "../../kubernetes/disruption.ts";
import type { Component, KubernetesObject, Manifest, Metadata, ObjectOf } from "../../kubernetes/manifest.ts";
import type { Connection, Peer } from "../../kubernetes/network.ts";
import { networkPolicy } from "../../kubernetes/network.ts";
import { toYaml } from "../../kubernetes/render.ts";
import { secretManifest, secretsHash } from "../../kubernetes/secret-manifest.ts";
import type { Rotations } from "../../kubernetes/secrets.ts";
import { setting } from "../../kubernetes/secrets.ts";
import { alertmanagerName, alertmanagerPort } from "../alertmanager/names.ts";
import type { Monitoring } from "../monitoring/monitoring.ts";
import { configFile, prometheusConfig, rulesFile } from "./config.ts";
import type { ManagedMetrics, RemoteWrite } from "./data.ts";
import { prometheusName, prometheusPods, prometheusPort } from "./names.ts";
import type { Links } from "./rules.ts";
import { rules } from "./rules.ts";
import { prometheusSet } from "./workload.ts";

export interface PrometheusArgs {
  readonly namespace: string;
  /** What the label `environment` says. */
  readonly environment: string;
  readonly metrics: ManagedMetrics;
  readonly systems: readonly Monitoring[];
  readonly links: Links;
  readonly zoneSpread: "preferred" | "required";
  readonly kubeApi: Connection;
  /** Every pod that is scraped, as a connection. */
  readonly targets: readonly Connection[];
  /** Who may ask it, besides itself. */
  readonly readers: readonly Peer[];
  readonly rotations: Rotations;
}

const configName = "prometheus-config";
const remoteSecret = "prometheus-remote-write";

/** Scrapes everything that says how it is, keeps it, and evaluates the rules. */
export function prometheus(args: PrometheusArgs): Component {
  const { namespace, metrics, systems, links, rotations } = args;
  const meta = (name: string): Metadata & { readonly namespace: string } => ({
    name,
    namespace,
    labels: labels({ app: prometheusName, component: "platform", team: "platform" }),
  });
  const token =
    metrics.remoteWrite?.token === true
      ? setting("monitoring.remoteWrite", { rotation: rotations(remoteSecret) })
      : undefined;
  const config = prometheusConfig({
    namespace,
    environment: args.environment,
    multiTargets: systems.flatMap(({ multiTargets = [] }) => multiTargets),
    retention: { days: metrics.prometheus.retentionDays, volume: metrics.prometheus.storage.size },
    ...(metrics.remoteWrite === undefined ? {} : { remoteWrite: metrics.remoteWrite }),
  });
  const objects: KubernetesObject[] = [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: meta(prometheusName), automountServiceAccountToken: false },
    {
      // Its name stays: Prometheus takes a changed configuration up by itself, without a restart.
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: meta(configName),
      data: { [configFile]: toYaml(config), [rulesFile]: toYaml(rules(systems, links)) },
    },
    traffic(args, meta(prometheusName)),
    service(meta(prometheusName)),
    podNames(meta(prometheusPods)),
    prometheusSet(
      {
        size: metrics.prometheus,
        zoneSpread: args.zoneSpread,
        url: `http://${prometheusName}.${namespace}:${prometheusPort}`,
        config: configName,
        ...(token === undefined ? {} : { remoteToken: { secret: remoteSecret, annotations: secretsHash({ token }) } }),
      },
      meta(prometheusName),
    ),
    disruptionBudget(prometheusName, meta(prometheusName)),
  ];
  const secrets: Manifest[] = token === undefined ? [] : [secretManifest({ ...meta(remoteSecret), values: { token } })];
  return {
    type: "suoke:platform:Prometheus",
    name: prometheusName,
    dependsOn: [alertmanagerName],
    exemptions: [
      pinnedImages,
      withoutDigest,
      oneIsEnough,
      {
        rule: "pods/token",
        reason: "It asks the API server what there is to scrape; cluster/ binds its account to that.",
        until: "2027-11-30",
      },
    ],
    manifests: [
      ...secrets,
      // Series of months are worth more than a tidy namespace.
      ...objects.map((object) => ({
        object,
        ...(object.kind === "StatefulSet" ? { lifecycle: { protect: true } } : {}),
      })),
    ],
  };
}

function traffic(args: PrometheusArgs, metadata: Metadata): ObjectOf<"NetworkPolicy"> {
  const own: Peer = { kind: "app", app: prometheusName };
  return networkPolicy(
    metadata,
    { app: prometheusName },
    {
      ingress: [own, ...args.readers].map((peer) => ({ peer, ports: [prometheusPort] })),
      egress: [
        args.kubeApi,
        { peer: own, ports: [prometheusPort] },
        { peer: { kind: "app", app: alertmanagerName }, ports: [alertmanagerPort] },
        ...args.targets,
        ...remoteConnections(args.metrics.remoteWrite),
      ],
    },
  );
}

function remoteConnections(remote: RemoteWrite | undefined): Connection[] {
  if (remote === undefined) return [];
  const { port, protocol } = new URL(remote.url);
  return [
    {
      peer: { kind: "addresses", cidrs: remote.cidrs },
      ports: [port === "" ? (protocol === "https:" ? 443 : 80) : Number(port)],
    },
  ];
}

/** A StatefulSet takes the names of its pods from a headless Service. */
function podNames(metadata: Metadata): ObjectOf<"Service"> {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata,
    spec: {
      clusterIP: "None",
      selector: { app: prometheusName },
      ports: [{ name: "http", port: prometheusPort, targetPort: "http", protocol: "TCP", appProtocol: "http" }],
    },
  };
}

function service(metadata: Metadata): ObjectOf<"Service"> {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata,
    spec: {
      type: "ClusterIP",
      selector: { app: prometheusName },
      // Both have the same series; one asked twice in a row should answer from the same.
      sessionAffinity: "ClientIP",
      ports: [{ name: "http", port: prometheusPort, targetPort: "http", protocol: "TCP", appProtocol: "http" }],
    },
  };
}
