import { oneIsEnough, pinnedImages, secretVariables, withoutDigest } from "../exemptions.ts";
import type { Component, KubernetesObject, Metadata } from "../../kubernetes/manifest.ts";
import type { Peer } from "../../kubernetes/network.ts";
import { images } from "../images.ts";
import { clientApps, components, consulApp, ports, statusPrefix } from "./names.ts";
import { networkPolicy, toServers } from "./network.ts";
import type { Room } from "./pods.ts";
import { consulEnv, consulLabels, container, podTemplate, rootsMount, rootsVolume, serviceAccount } from "./pods.ts";
import type { Token } from "./tokens.ts";

export interface ExporterArgs {
  readonly namespace: string;
  readonly token: Token;
  readonly scraper: Peer | undefined;
}

const app = clientApps.exporter;
const port = 9107;
const room: Room = { cpu: ["20m", "100m"], memory: ["32Mi", "64Mi"] };

/**
 * `consul-exporter:9107`, as the plan's scrape configuration names it: peers, leader, health of services, and the numbers
 * below `suoke/status/`, such as the time of the last good snapshot.
 */
export function exporter(args: ExporterArgs): Component {
  const { namespace, scraper } = args;
  const metadata: Metadata = { name: app, namespace, labels: consulLabels(app) };
  const objects: KubernetesObject[] = [
    serviceAccount(app, namespace),
    networkPolicy(app, namespace, {
      ingress: scraper === undefined ? [] : [{ peer: scraper, ports: ["metrics"] }],
      egress: [toServers],
    }),
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata,
      spec: {
        replicas: 1,
        revisionHistoryLimit: 5,
        selector: { matchLabels: { app } },
        template: podOf(args),
      },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata,
      spec: {
        type: "ClusterIP",
        selector: { app },
        ports: [{ name: "metrics", port, targetPort: "metrics", protocol: "TCP" }],
      },
    },
    {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata,
      spec: { maxUnavailable: 1, unhealthyPodEvictionPolicy: "AlwaysAllow", selector: { matchLabels: { app } } },
    },
  ];
  return {
    type: "suoke:configuration:ConsulExporter",
    exemptions: [
      pinnedImages,
      withoutDigest,
      oneIsEnough,
      secretVariables("The exporter takes its token from a variable; on its command line every process would see it."),
    ],
    name: components.exporter,
    dependsOn: [components.configuration],
    manifests: objects.map((object) => ({ object })),
  };
}

function podOf({ token }: ExporterArgs) {
  const alive = (path: string) => ({ httpGet: { path, port: "metrics" }, periodSeconds: 10, timeoutSeconds: 5 });
  return podTemplate({
    app,
    secrets: { token: token.active.value },
    annotations: {
      "prometheus.io/scrape": "true",
      "prometheus.io/port": String(port),
      "prometheus.io/path": "/metrics",
    },
    priorityClass: "suoke-service",
    spec: {
      containers: [
        container("exporter", images.consulExporter, room, {
          args: [
            `--consul.server=https://${consulApp}:${ports.https}`,
            `--consul.ca-file=${rootsMount.mountPath}/ca.crt`,
            // Half a second, its default, is short for a busy server; a scrape has ten.
            "--consul.timeout=5s",
            `--kv.prefix=${statusPrefix}`,
            // The leader's word: a server that has lost the others would still call everything healthy.
            "--no-consul.allow_stale",
            `--web.listen-address=:${port}`,
            "--log.format=json",
          ],
          env: consulEnv(token.active).filter(({ name }) => name === "CONSUL_HTTP_TOKEN"),
          ports: [{ name: "metrics", containerPort: port, protocol: "TCP" }],
          startupProbe: { ...alive("/-/healthy"), periodSeconds: 2, failureThreshold: 30 },
          livenessProbe: { ...alive("/-/healthy"), failureThreshold: 3 },
          readinessProbe: { ...alive("/-/ready"), periodSeconds: 5, failureThreshold: 2 },
          volumeMounts: [rootsMount],
        }),
      ],
      volumes: [rootsVolume],
    },
  });
}
