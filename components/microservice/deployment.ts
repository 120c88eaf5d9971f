import { hardenedContainer, hardenedPod } from "../../kubernetes/hardened.ts";
import type { Metadata, ObjectOf } from "../../kubernetes/manifest.ts";
import { spread } from "../../kubernetes/placement.ts";
import { formatBytes, parseQuantity } from "../../kubernetes/quantity.ts";
import { secretsHash } from "../../kubernetes/secret-manifest.ts";
import type { SecretExpression } from "../../kubernetes/secrets.ts";
import { variables } from "../../kubernetes/variables.ts";
import type { MicroserviceArgs, Track } from "./args.ts";
import { maxSurge, trackSelector } from "./args.ts";
import { lifecycle, probes } from "./probes.ts";

type DeploymentSpec = NonNullable<ObjectOf<"Deployment">["spec"]>;
type PodTemplate = DeploymentSpec["template"];
type PodSpec = NonNullable<PodTemplate["spec"]>;
type Container = PodSpec["containers"][number];

export function deployment(
  args: MicroserviceArgs,
  track: Track,
  metadata: Metadata,
  configName: string,
): ObjectOf<"Deployment"> {
  const { service, scaling } = args;
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata,
    spec: {
      // An autoscaler owns the count: writing it here would reset it at every apply.
      ...(scaling.kind === "fixed" ? { replicas: scaling.replicas } : {}),
      revisionHistoryLimit: 5,
      // Ready pods prove themselves before old ones go.
      minReadySeconds: 5,
      // A rollout that has not moved for so long has failed; the start-up probe restarts a pod well before.
      progressDeadlineSeconds: 2 * service.probes.startSeconds + 60,
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge, maxUnavailable: 0 } },
      selector: { matchLabels: trackSelector(service.name, track) },
      template: podTemplate(args, track, metadata, configName),
    },
  };
}

function podTemplate(args: MicroserviceArgs, track: Track, { labels }: Metadata, configName: string): PodTemplate {
  const { service, placement } = args;
  const metricsPort = service.ports[service.metrics.port];
  return {
    metadata: {
      labels: { ...labels, ...trackSelector(service.name, track) },
      annotations: {
        "prometheus.io/scrape": "true",
        "prometheus.io/port": String(metricsPort),
        "prometheus.io/path": service.metrics.path,
        ...secretsHash(secretsOf(args.env)),
      },
    },
    spec: {
      serviceAccountName: service.name,
      ...hardenedPod(),
      imagePullSecrets: [{ name: args.pullSecret.secret }],
      priorityClassName: placement.priorityClass,
      topologySpreadConstraints: spread({
        matchLabels: trackSelector(service.name, track),
        zones: placement.zoneSpread,
        revisionLabel: "pod-template-hash",
      }),
      ...lifecycle(service).pod,
      containers: [container(args)],
      volumes: [
        { name: "config", configMap: { name: configName } },
        { name: "tmp", emptyDir: { sizeLimit: scratch(args) } },
      ],
    },
  };
}

function container(args: MicroserviceArgs): Container {
  const { service } = args;
  return {
    name: service.name,
    image: args.image.reference,
    imagePullPolicy: "IfNotPresent",
    ports: Object.entries(service.ports).map(([name, containerPort]) => ({ name, containerPort, protocol: "TCP" })),
    env: environment(args.env),
    resources: { requests: { ...args.resources.requests }, limits: { ...args.resources.limits } },
    ...probes(service.probes, service.ports),
    ...lifecycle(service).container,
    ...hardenedContainer(),
    volumeMounts: [
      { name: "config", mountPath: "/app/config", readOnly: true },
      { name: "tmp", mountPath: "/tmp" },
    ],
  };
}

/** Kubernetes expands `$(NAME)` only from variables further up, so those from the pod itself come first. */
function environment(env: MicroserviceArgs["env"]): NonNullable<Container["env"]> {
  return [
    { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
    { name: "POD_IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
    ...variables(env),
  ];
}

/** The Secrets among the variables. */
function secretsOf(env: MicroserviceArgs["env"]): Record<string, SecretExpression> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      typeof value === "object" && "secret" in value ? [[name, value.value]] : [],
    ),
  );
}

/** Half of the pod's scratch space; logs and the container's writable layer share the rest. */
function scratch({ resources }: MicroserviceArgs): string {
  return formatBytes(parseQuantity(resources.limits["ephemeral-storage"]) / 2);
}
