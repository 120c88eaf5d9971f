import type { EnvironmentValue } from "../../kubernetes/handles.ts";
import { hardenedContainer, hardenedPod } from "../../kubernetes/hardened.ts";
import type { ObjectOf } from "../../kubernetes/manifest.ts";
import { spread } from "../../kubernetes/placement.ts";
import { secondPort } from "../prometheus/names.ts";
import { formatCores, parseQuantity } from "../../kubernetes/quantity.ts";
import { secretsHash } from "../../kubernetes/secret-manifest.ts";
import type { SecretExpression } from "../../kubernetes/secrets.ts";
import { variables } from "../../kubernetes/variables.ts";
import type { CollectorSize } from "./data.ts";

type PodTemplate = NonNullable<ObjectOf<"Deployment">["spec"]>["template"];
type PodSpec = NonNullable<PodTemplate["spec"]>;
type Volume = NonNullable<PodSpec["volumes"]>[number];

/** A pod with one program that reads its configuration from a file: a collector or Jaeger. */
export interface ProgramArgs {
  readonly app: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly image: string;
  readonly args: readonly string[];
  /** ConfigMap with `config.yaml`, mounted at `/etc/<folder>`. */
  readonly config: { readonly name: string; readonly folder: string };
  /** Name → number; `udp` for those that are not TCP. */
  readonly ports: Readonly<Record<string, number>>;
  readonly udp?: readonly string[];
  /** Where health is asked for. */
  readonly healthPath: string;
  /** The port with metrics about itself, and another one with what it has found out, if it does. */
  readonly metricsPort: number;
  readonly findingsPort?: number;
  readonly env: Readonly<Record<string, EnvironmentValue>>;
  readonly size: CollectorSize;
  /** Room on the node's disk. */
  readonly ephemeral: string;
  readonly volumes: readonly (Volume & { readonly path: string; readonly readOnly?: boolean })[];
  /** Folders of volumes that come from elsewhere: a StatefulSet's claims. */
  readonly claims?: Readonly<Record<string, string>>;
  readonly zoneSpread?: "preferred" | "required";
  /** It asks the Kubernetes API. */
  readonly kubeApi?: boolean;
  /** Seconds from the request to stop until it is killed. */
  readonly graceSeconds: number;
}

export function programPod(program: ProgramArgs): PodTemplate {
  const { app, config, size } = program;
  const limits = { memory: size.memory, "ephemeral-storage": program.ephemeral };
  return {
    metadata: {
      labels: { ...program.labels },
      annotations: {
        "prometheus.io/scrape": "true",
        "prometheus.io/port": String(program.metricsPort),
        "prometheus.io/path": "/metrics",
        ...(program.findingsPort === undefined ? {} : { [secondPort]: String(program.findingsPort) }),
        ...secretsHash(secretsOf(program.env)),
      },
    },
    spec: {
      serviceAccountName: app,
      ...hardenedPod(),
      ...(program.kubeApi === true ? { automountServiceAccountToken: true } : {}),
      priorityClassName: "suoke-service",
      terminationGracePeriodSeconds: program.graceSeconds,
      ...(program.zoneSpread === undefined
        ? {}
        : { topologySpreadConstraints: spread({ matchLabels: { app }, zones: program.zoneSpread }) }),
      containers: [
        {
          name: app,
          image: program.image,
          imagePullPolicy: "IfNotPresent",
          args: [...program.args],
          ports: Object.entries(program.ports).map(([name, containerPort]) => ({
            name,
            containerPort,
            protocol: program.udp?.includes(name) === true ? "UDP" : "TCP",
          })),
          env: environment(program),
          resources: {
            requests: { cpu: size.cpu, ...limits },
            limits: { cpu: formatCores(parseQuantity(size.cpu) * 4), ...limits },
          },
          startupProbe: {
            httpGet: { path: program.healthPath, port: "health" },
            periodSeconds: 2,
            failureThreshold: 60,
          },
          livenessProbe: {
            tcpSocket: { port: "health" },
            periodSeconds: 10,
            timeoutSeconds: 5,
          },
          readinessProbe: {
            httpGet: { path: program.healthPath, port: "health" },
            periodSeconds: 5,
            timeoutSeconds: 3,
          },
          ...hardenedContainer(),
          volumeMounts: [
            { name: "config", mountPath: `/etc/${config.folder}`, readOnly: true },
            ...program.volumes.map(({ name, path, readOnly }) => ({
              name,
              mountPath: path,
              ...(readOnly === true ? { readOnly } : {}),
            })),
            ...Object.entries(program.claims ?? {}).map(([name, mountPath]) => ({ name, mountPath })),
          ],
        },
      ],
      volumes: [
        { name: "config", configMap: { name: config.name } },
        ...program.volumes.map(({ path: _path, readOnly: _readOnly, ...volume }) => volume),
      ],
    },
  };
}

/** The Go runtime collects harder before the kernel kills. */
function environment({ env, size }: ProgramArgs): NonNullable<PodSpec["containers"][number]["env"]> {
  return [
    { name: "NODE_NAME", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } },
    ...variables({ ...env, GOMEMLIMIT: `${Math.floor(parseQuantity(size.memory) * 0.8)}B` }),
  ];
}

function secretsOf(env: ProgramArgs["env"]): Record<string, SecretExpression> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      typeof value === "object" && "secret" in value ? [[name, value.value]] : [],
    ),
  );
}
