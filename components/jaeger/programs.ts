import type { EnvironmentValue } from "../../kubernetes/handles.ts";
import { disruptionBudget } from "../../kubernetes/disruption.ts";
import type { KubernetesObject, Metadata } from "../../kubernetes/manifest.ts";
import { contentHash } from "../../kubernetes/names.ts";
import { toYaml } from "../../kubernetes/render.ts";
import { images } from "../images.ts";
import type { CollectorSize } from "../telemetry/data.ts";
import { programPod } from "../telemetry/pods.ts";
import type { Parts } from "./config.ts";
import { jaegerPorts } from "./config.ts";

export interface ProgramArgs {
  readonly name: string;
  readonly config: object;
  readonly parts: Parts;
  readonly replicas: number;
  readonly size: CollectorSize;
  readonly env: Readonly<Record<string, EnvironmentValue>>;
  readonly zoneSpread: "preferred" | "required";
  /** Secret with the authority of the store's certificate, and where it is expected. */
  readonly authority?: { readonly secret: string; readonly path: string };
}

/** Jaeger as a Deployment with a Service for each of its parts. */
export function programObjects(
  { name, config, parts, replicas, size, env, zoneSpread, authority }: ProgramArgs,
  meta: (name: string) => Metadata,
): KubernetesObject[] {
  const data = { "config.yaml": toYaml(config) };
  const configName = `${name}-${contentHash(data)}`;
  const selector = { app: name };
  const { otlp, ui, health, metrics } = jaegerPorts;
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: meta(name), automountServiceAccountToken: false },
    { apiVersion: "v1", kind: "ConfigMap", metadata: meta(configName), immutable: true, data },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: meta(name),
      spec: {
        replicas,
        revisionHistoryLimit: 2,
        // What is in memory cannot be in two processes; otherwise the new one is there before the old one goes.
        strategy:
          authority === undefined
            ? { type: "Recreate" }
            : { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
        selector: { matchLabels: selector },
        template: programPod({
          app: name,
          labels: meta(name).labels,
          image: images.jaeger,
          args: ["--config=/etc/jaeger/config.yaml"],
          config: { name: configName, folder: "jaeger" },
          ports: { ...(parts.collects ? { otlp } : {}), ...(parts.queries ? { ui } : {}), health, metrics },
          healthPath: "/status",
          metricsPort: metrics,
          env,
          size,
          ephemeral: "256Mi",
          volumes: [
            { name: "tmp", path: "/tmp", emptyDir: { sizeLimit: "64Mi" } },
            ...(authority === undefined
              ? []
              : [
                  { name: "authority", path: authority.path, readOnly: true, secret: { secretName: authority.secret } },
                ]),
          ],
          zoneSpread,
          graceSeconds: 30,
        }),
      },
    },
    ...(parts.collects
      ? [
          {
            apiVersion: "v1" as const,
            kind: "Service" as const,
            metadata: meta(name),
            spec: {
              type: "ClusterIP" as const,
              // A gateway sees every pod and balances between them; behind one address it would stay with the first.
              clusterIP: "None",
              selector,
              ports: [{ name: "otlp", port: otlp, targetPort: "otlp", protocol: "TCP" as const, appProtocol: "grpc" }],
            },
          },
        ]
      : []),
    ...(parts.queries
      ? [
          {
            apiVersion: "v1" as const,
            kind: "Service" as const,
            metadata: meta(parts.collects ? `${name}-ui` : name),
            spec: {
              type: "ClusterIP" as const,
              selector,
              ports: [{ name: "ui", port: ui, targetPort: "ui", protocol: "TCP" as const, appProtocol: "http" }],
            },
          },
        ]
      : []),
    disruptionBudget(name, meta(name)),
  ];
}
