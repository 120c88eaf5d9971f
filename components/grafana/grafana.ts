import { disruptionBudget } from "../../kubernetes/disruption.ts";
import { oneIsEnough, pinnedImages, withoutDigest } from "../exemptions.ts";
import { hardenedContainer, hardenedPod } from "../../kubernetes/hardened.ts";
import { labels } from "../../kubernetes/labels.ts";
import type { Component, KubernetesObject, Metadata, ObjectOf } from "../../kubernetes/manifest.ts";
import type { Peer } from "../../kubernetes/network.ts";
import { networkPolicy } from "../../kubernetes/network.ts";
import { contentHash } from "../../kubernetes/names.ts";
import { toYaml } from "../../kubernetes/render.ts";
import { secretManifest, secretsHash } from "../../kubernetes/secret-manifest.ts";
import type { Rotations } from "../../kubernetes/secrets.ts";
import { generated } from "../../kubernetes/secrets.ts";
import { images } from "../images.ts";
import type { Dashboard } from "../monitoring/dashboard.ts";
import { prometheusName } from "../prometheus/names.ts";
import { dashboardJson } from "./json.ts";
import type { LogSource } from "./sources.ts";
import { asked, dataSources, logSecrets } from "./sources.ts";

export const grafanaName = "grafana";
export const grafanaPort = 3000;

export interface GrafanaArgs {
  readonly namespace: string;
  readonly environment: string;
  /** Address under which people reach it. */
  readonly url: string;
  /** Who comes from outside of the environment. */
  readonly visitors: readonly Peer[];
  readonly dashboards: readonly Dashboard[];
  /** Where log lines are kept. */
  readonly logs?: LogSource;
  readonly rotations: Rotations;
}

const provisioning = "/etc/grafana/provisioning";
const dashboardsFolder = "/etc/grafana/dashboards";
const secretFolder = "/etc/grafana/secret";
const dataFolder = "/var/lib/grafana";

type Pod = NonNullable<ObjectOf<"Deployment">["spec"]>["template"];

/** Shows what Prometheus knows and what services have logged. Everything in it comes from here: it keeps nothing, and a new pod is as good as the old. */
export function grafana(args: GrafanaArgs): Component {
  const { namespace, rotations, logs } = args;
  const meta = (name: string): Metadata & { readonly namespace: string } => ({
    name,
    namespace,
    labels: labels({ app: grafanaName, component: "platform", team: "platform" }),
  });
  const password = generated("grafana-admin", { length: 32, rotation: rotations("grafana-admin") });
  const reader = logs?.login("reader").password;
  const sources = {
    "datasources.yaml": toYaml(dataSources(args.environment, logs)),
    "dashboards.yaml": toYaml(provider),
  };
  const dashboards = Object.fromEntries(
    args.dashboards.map((dashboard) => [
      `${dashboard.uid}.json`,
      `${JSON.stringify(dashboardJson(dashboard), null, 1)}\n`,
    ]),
  );
  const maps = [
    { name: `grafana-provisioning-${contentHash(sources)}`, data: sources },
    { name: `grafana-dashboards-${contentHash(dashboards)}`, data: dashboards },
  ] as const;
  const objects: KubernetesObject[] = [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: meta(grafanaName), automountServiceAccountToken: false },
    ...maps.map(({ name, data }): KubernetesObject => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: meta(name),
      immutable: true,
      data,
    })),
    networkPolicy(
      meta(grafanaName),
      { app: grafanaName },
      { ingress: [prometheus, ...args.visitors].map((peer) => ({ peer, ports: ["http"] })), egress: asked(logs) },
    ),
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: meta(grafanaName),
      spec: {
        type: "ClusterIP",
        selector: { app: grafanaName },
        ports: [{ name: "http", port: grafanaPort, targetPort: "http", protocol: "TCP", appProtocol: "http" }],
      },
    },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: meta(grafanaName),
      spec: {
        replicas: 1,
        revisionHistoryLimit: 2,
        strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
        selector: { matchLabels: { app: grafanaName } },
        template: pod(
          args,
          meta(grafanaName),
          [maps[0].name, maps[1].name],
          secretsHash(reader === undefined ? { password } : { password, reader: reader.value }),
        ),
      },
    },
    disruptionBudget(grafanaName, meta(grafanaName)),
  ];
  return {
    type: "suoke:platform:Grafana",
    name: grafanaName,
    dependsOn: [prometheusName, ...(reader === undefined ? [] : [reader.component])],
    exemptions: [pinnedImages, withoutDigest, oneIsEnough],
    manifests: [
      secretManifest({ ...meta("grafana-admin"), values: { password } }),
      ...objects.map((object) => ({ object })),
    ],
  };
}

const prometheus: Peer = { kind: "app", app: prometheusName };

const provider = {
  apiVersion: 1,
  providers: [
    {
      name: "suoke-life",
      folder: "索克生活 Suoke Life",
      type: "file",
      disableDeletion: true,
      allowUiUpdates: false,
      options: { path: dashboardsFolder },
    },
  ],
};

function pod(
  { url, logs }: GrafanaArgs,
  { labels: own }: Metadata,
  [sources, dashboards]: readonly [string, string],
  annotations: Readonly<Record<string, string>>,
): Pod {
  const logMounts = logs === undefined ? [] : logSecrets(logs);
  const probe = { httpGet: { path: "/api/health", port: "http" }, timeoutSeconds: 5 };
  return {
    metadata: {
      labels: { ...own },
      annotations: {
        "prometheus.io/scrape": "true",
        "prometheus.io/port": String(grafanaPort),
        "prometheus.io/path": "/metrics",
        ...annotations,
      },
    },
    spec: {
      serviceAccountName: grafanaName,
      ...hardenedPod(),
      priorityClassName: "suoke-batch",
      containers: [
        {
          name: grafanaName,
          image: images.grafana,
          imagePullPolicy: "IfNotPresent",
          ports: [{ name: "http", containerPort: grafanaPort, protocol: "TCP" }],
          env: [
            { name: "GF_SERVER_ROOT_URL", value: url },
            { name: "GF_SECURITY_ADMIN_PASSWORD__FILE", value: `${secretFolder}/password` },
            { name: "GF_SECURITY_COOKIE_SECURE", value: String(url.startsWith("https:")) },
            { name: "GF_PATHS_PROVISIONING", value: provisioning },
            { name: "GF_PATHS_DATA", value: dataFolder },
            { name: "GF_USERS_ALLOW_SIGN_UP", value: "false" },
            // A cluster without a way out must not wait for these.
            { name: "GF_ANALYTICS_REPORTING_ENABLED", value: "false" },
            { name: "GF_ANALYTICS_CHECK_FOR_UPDATES", value: "false" },
            { name: "GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES", value: "false" },
            { name: "GF_PLUGINS_PREINSTALL_DISABLED", value: "true" },
            { name: "GF_LOG_CONSOLE_FORMAT", value: "json" },
            { name: "GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH", value: `${dashboardsFolder}/suoke-overview.json` },
          ],
          resources: {
            requests: { cpu: "100m", memory: "256Mi", "ephemeral-storage": "64Mi" },
            limits: { cpu: "1", memory: "512Mi", "ephemeral-storage": "512Mi" },
          },
          startupProbe: { ...probe, periodSeconds: 5, failureThreshold: 36 },
          livenessProbe: { tcpSocket: { port: "http" }, periodSeconds: 10, failureThreshold: 6 },
          readinessProbe: { ...probe, periodSeconds: 5 },
          ...hardenedContainer(),
          volumeMounts: [
            {
              name: "sources",
              mountPath: `${provisioning}/datasources/datasources.yaml`,
              subPath: "datasources.yaml",
              readOnly: true,
            },
            {
              name: "sources",
              mountPath: `${provisioning}/dashboards/dashboards.yaml`,
              subPath: "dashboards.yaml",
              readOnly: true,
            },
            { name: "dashboards", mountPath: dashboardsFolder, readOnly: true },
            { name: "secret", mountPath: secretFolder, readOnly: true },
            ...logMounts.map(({ name, path }) => ({ name, mountPath: path, readOnly: true })),
            { name: "data", mountPath: dataFolder },
            { name: "tmp", mountPath: "/tmp" },
          ],
        },
      ],
      volumes: [
        { name: "sources", configMap: { name: sources } },
        { name: "dashboards", configMap: { name: dashboards } },
        { name: "secret", secret: { secretName: "grafana-admin" } },
        ...logMounts.map(({ name, secret }) => ({ name, secret })),
        { name: "data", emptyDir: { sizeLimit: "256Mi" } },
        { name: "tmp", emptyDir: { sizeLimit: "64Mi" } },
      ],
    },
  };
}
