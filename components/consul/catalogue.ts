import { pinnedImages, secretVariables, withoutDigest } from "../exemptions.ts";
import type { Service } from "../../catalogue/service.ts";
import type { Component, KubernetesObject, Metadata } from "../../kubernetes/manifest.ts";
import type { Connection, Peer } from "../../kubernetes/network.ts";
import { images } from "../images.ts";
import { clientApps, components, consulApp, ports, serverName } from "./names.ts";
import { networkPolicy } from "./network.ts";
import type { Room } from "./pods.ts";
import { consulLabels, container, podTemplate, rootsMount, rootsVolume, serviceAccount } from "./pods.ts";
import type { Token } from "./tokens.ts";

export interface CatalogueArgs {
  readonly namespace: string;
  readonly token: Token;
  /** The Kubernetes API server. */
  readonly kubeApi: Connection;
  readonly scraper: Peer | undefined;
}

const app = clientApps.catalogue;
const room: Room = { cpu: ["50m", "200m"], memory: ["64Mi", "192Mi"] };
const metricsPort = 20300;

/** The node in Consul's catalogue under which the services of a namespace stand. */
export function catalogueNode(namespace: string): string {
  return `kubernetes-${namespace}`;
}

/**
 * Registers the services that ask for it by annotation, each pod as an instance whose check says what its readiness says:
 * consul-k8s' catalogue sync, in this direction only.
 */
export function catalogue(args: CatalogueArgs): Component {
  const { namespace, kubeApi, scraper } = args;
  const metadata: Metadata = { name: app, namespace, labels: consulLabels(app) };
  const objects: KubernetesObject[] = [
    serviceAccount(app, namespace),
    networkPolicy(app, namespace, {
      ingress: scraper === undefined ? [] : [{ peer: scraper, ports: ["metrics"] }],
      egress: [{ peer: { kind: "app", app: consulApp }, ports: [ports.https, ports.grpc] }, kubeApi],
    }),
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata,
      spec: {
        // It elects no leader: a second one would write the same again.
        replicas: 1,
        revisionHistoryLimit: 5,
        strategy: { type: "Recreate" },
        selector: { matchLabels: { app } },
        template: podOf(args),
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
    type: "suoke:configuration:ConsulCatalogue",
    exemptions: [
      pinnedImages,
      withoutDigest,
      secretVariables("The program takes its token from a variable alone."),
      {
        rule: "pods/token",
        reason: "It watches the Services that it copies to Consul; cluster/ binds its account to that.",
        until: "2027-11-30",
      },
      {
        rule: "availability/replicas",
        reason: "It copies entries; while it is away they stay as they are.",
        until: "2027-11-30",
      },
      {
        rule: "availability/rollout",
        problems: ["stops all its pods before it starts new ones."],
        reason: "Two at once would register and remove the same entries in turn; it catches up when it starts.",
        until: "2027-11-30",
      },
    ],
    name: components.catalogue,
    dependsOn: [components.configuration],
    manifests: objects.map((object) => ({ object })),
  };
}

function podOf({ namespace, token }: CatalogueArgs) {
  const ready = { httpGet: { path: "/health/ready", port: "health" }, timeoutSeconds: 5 };
  return podTemplate({
    app,
    secrets: { token: token.active.value },
    annotations: {
      "prometheus.io/scrape": "true",
      "prometheus.io/port": String(metricsPort),
      "prometheus.io/path": "/metrics",
    },
    priorityClass: "suoke-service",
    spec: {
      // It watches Services and EndpointSlices, with the rights that `cluster/` gives it.
      automountServiceAccountToken: true,
      containers: [
        container("sync-catalog", images.consulCatalogue, room, {
          command: [
            "consul-k8s-control-plane",
            "sync-catalog",
            "-to-k8s=false",
            // Only what is annotated, and only here.
            "-k8s-default-sync=false",
            `-k8s-source-namespace=${namespace}`,
            `-consul-node-name=${catalogueNode(namespace)}`,
            // A pod that is no longer ready is known as such within so long.
            "-consul-write-interval=10s",
            "-log-json=true",
            "-enable-metrics=true",
            `-metrics-port=${metricsPort}`,
          ],
          env: [
            { name: "CONSUL_ADDRESSES", value: serverName },
            { name: "CONSUL_GRPC_PORT", value: String(ports.grpc) },
            { name: "CONSUL_HTTP_PORT", value: String(ports.https) },
            { name: "CONSUL_DATACENTER", value: namespace },
            { name: "CONSUL_USE_TLS", value: "true" },
            { name: "CONSUL_CACERT_FILE", value: `${rootsMount.mountPath}/ca.crt` },
            { name: "CONSUL_TLS_SERVER_NAME", value: `server.${namespace}.consul` },
            {
              name: "CONSUL_ACL_TOKEN",
              valueFrom: { secretKeyRef: { name: token.active.secret, key: token.active.key } },
            },
          ],
          ports: [
            { name: "health", containerPort: 8080, protocol: "TCP" },
            { name: "metrics", containerPort: metricsPort, protocol: "TCP" },
          ],
          startupProbe: { ...ready, periodSeconds: 2, failureThreshold: 60 },
          livenessProbe: { tcpSocket: { port: ready.httpGet.port }, periodSeconds: 10, failureThreshold: 3 },
          readinessProbe: { ...ready, periodSeconds: 5, failureThreshold: 2 },
          volumeMounts: [rootsMount, { name: "tmp", mountPath: "/tmp" }],
        }),
      ],
      volumes: [rootsVolume, { name: "tmp", emptyDir: { sizeLimit: "16Mi" } }],
    },
  });
}

/**
 * What a Service says so that it is registered, and with what metadata. The version is not among it: pods of two versions
 * stand behind one Service while it rolls out or has a canary, and each pod's label says its own.
 */
export function registration(
  { ports: listening, runtime, team }: Service<string>,
  environment: string,
): Record<string, string> {
  const meta = { environment, runtime, team };
  return {
    "consul.hashicorp.com/service-sync": "true",
    "consul.hashicorp.com/service-port": listening.http === undefined ? "grpc" : "http",
    "consul.hashicorp.com/service-tags": [runtime, team].join(","),
    ...Object.fromEntries(
      Object.entries(meta).map(([key, value]) => [`consul.hashicorp.com/service-meta-${key}`, value]),
    ),
  };
}
