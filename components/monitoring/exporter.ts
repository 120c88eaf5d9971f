import { disruptionBudget } from "../../kubernetes/disruption.ts";
import type { EnvironmentValue } from "../../kubernetes/handles.ts";
import { hardenedContainer, hardenedPod } from "../../kubernetes/hardened.ts";
import type { KubernetesObject, Metadata, ObjectOf } from "../../kubernetes/manifest.ts";
import type { Connection } from "../../kubernetes/network.ts";
import { networkPolicy } from "../../kubernetes/network.ts";
import { secretsHash } from "../../kubernetes/secret-manifest.ts";
import { variables } from "../../kubernetes/variables.ts";
import type { Resources } from "../../catalogue/sizes.ts";

type PodSpec = NonNullable<NonNullable<ObjectOf<"Deployment">["spec"]>["template"]["spec"]>;
type Volume = NonNullable<PodSpec["volumes"]>[number];

/** A program that asks others how they are and says so on one port. */
export interface ExporterArgs {
  readonly name: string;
  readonly image: string;
  readonly args: readonly string[];
  readonly port: number;
  /** A path that it answers without asking anybody: what is down must not restart what reports it. */
  readonly healthPath: string;
  readonly env: Readonly<Record<string, EnvironmentValue>>;
  /** Folders, read-only unless told otherwise. */
  readonly volumes: readonly (Volume & { readonly path: string; readonly writable?: true })[];
  readonly resources: Resources;
  readonly ingress: readonly Connection[];
  readonly egress: readonly Connection[];
  /** It asks the Kubernetes API. */
  readonly kubeApi?: boolean;
  /** Whether its own annotations make it a target: not where somebody names its targets one by one. */
  readonly annotated: boolean;
}

/** One pod, as it keeps no state: a gap of a scrape or two is no loss, and two would count everything twice. */
export function exporterObjects(exporter: ExporterArgs, meta: (name: string) => Metadata): KubernetesObject[] {
  const { name, port, ingress, egress } = exporter;
  const selector = { app: name };
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: meta(name), automountServiceAccountToken: false },
    networkPolicy(meta(name), selector, { ingress, egress }),
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: meta(name),
      spec: {
        replicas: 1,
        revisionHistoryLimit: 2,
        strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
        selector: { matchLabels: selector },
        template: {
          metadata: { labels: { ...meta(name).labels }, annotations: annotations(exporter) },
          spec: podSpec(exporter),
        },
      },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: meta(name),
      spec: {
        type: "ClusterIP",
        selector,
        ports: [{ name: "metrics", port, targetPort: "metrics", protocol: "TCP", appProtocol: "http" }],
      },
    },
    disruptionBudget(name, meta(name)),
  ];
}

function annotations({ annotated, port, env }: ExporterArgs): Record<string, string> {
  const secrets = Object.entries(env).flatMap(([name, value]) =>
    typeof value === "object" && "secret" in value ? [[name, value.value] as const] : [],
  );
  return {
    ...(annotated
      ? { "prometheus.io/scrape": "true", "prometheus.io/port": String(port), "prometheus.io/path": "/metrics" }
      : {}),
    ...(secrets.length === 0 ? {} : secretsHash(Object.fromEntries(secrets))),
  };
}

function podSpec({ name, image, args, port, healthPath, env, volumes, resources, kubeApi }: ExporterArgs): PodSpec {
  const health = { httpGet: { path: healthPath, port: "metrics" }, timeoutSeconds: 5 };
  return {
    serviceAccountName: name,
    ...hardenedPod(),
    ...(kubeApi === true ? { automountServiceAccountToken: true } : {}),
    priorityClassName: "suoke-service",
    terminationGracePeriodSeconds: 10,
    containers: [
      {
        name,
        image,
        imagePullPolicy: "IfNotPresent",
        args: [...args],
        ports: [{ name: "metrics", containerPort: port, protocol: "TCP" }],
        env: variables(env),
        resources: { requests: { ...resources.requests }, limits: { ...resources.limits } },
        readinessProbe: { ...health, periodSeconds: 5 },
        livenessProbe: { tcpSocket: { port: "metrics" }, periodSeconds: 10, timeoutSeconds: 5 },
        ...hardenedContainer(),
        volumeMounts: volumes.map(({ name: volume, path, writable }) => ({
          name: volume,
          mountPath: path,
          ...(writable === true ? {} : { readOnly: true }),
        })),
      },
    ],
    volumes: volumes.map(({ path: _path, writable: _writable, ...volume }) => volume),
  };
}
