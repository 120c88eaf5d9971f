import type { Resources } from "../../catalogue/sizes.ts";
import type { ObjectOf, Metadata } from "../../kubernetes/manifest.ts";
import type { SecretKey } from "../../kubernetes/handles.ts";
import { hardenedContainer, hardenedPod } from "../../kubernetes/hardened.ts";
import { spread } from "../../kubernetes/placement.ts";
import type { PriorityClassName } from "../priorities/priorities.ts";
import type { Installation, Layout } from "./layout.ts";

export type PodSpec = NonNullable<NonNullable<ObjectOf<"StatefulSet">["spec"]>["template"]["spec"]>;
export type Container = PodSpec["containers"][number];
export type EnvVar = NonNullable<Container["env"]>[number];

/** CPU and memory of a container; memory is never overcommitted, as a store that is killed for it is an outage. */
export interface ContainerSize {
  readonly cpu: { readonly request: string; readonly limit: string };
  readonly memory: string;
  readonly scratch: string;
}

/** Memory and scratch space without room above what is asked for; CPU has a limit of its own. */
export function resourcesOf({ cpu, memory, scratch }: ContainerSize): Resources {
  return {
    requests: { cpu: cpu.request, memory, "ephemeral-storage": scratch },
    limits: { cpu: cpu.limit, memory, "ephemeral-storage": scratch },
  };
}

/** What every pod of an installation has: an account without rights, restricted security, its place among the zones. */
export function podSettings(
  { name, zoneSpread }: { readonly name: string; readonly zoneSpread: "preferred" | "required" },
  app: string,
  priorityClassName: PriorityClassName = "suoke-data",
): Omit<PodSpec, "containers"> {
  return {
    serviceAccountName: name,
    ...hardenedPod(),
    priorityClassName,
    topologySpreadConstraints: spread({ matchLabels: { app }, zones: zoneSpread }),
  };
}

/** What all containers of an installation have in common. */
export function containerSettings(): Pick<Container, "imagePullPolicy" | "securityContext"> {
  return { imagePullPolicy: "IfNotPresent", ...hardenedContainer() };
}

/** A variable that takes its value from a key of a Secret. */
export function secretEnv(name: string, { secret, key }: SecretKey): EnvVar {
  return { name, valueFrom: { secretKeyRef: { name: secret, key } } };
}

/** What the scripts go by (scripts/ask.ts). */
export function scriptEnv(installation: Installation, layout: Layout, health: SecretKey): EnvVar[] {
  return [
    { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
    { name: "INSTALLATION", value: installation.name },
    { name: "SELF", value: "localhost" },
    { name: "SERVERS", value: layout.servers.join(" ") },
    { name: "SENTINELS", value: layout.sentinels.join(" ") },
    { name: "QUORUM", value: String(layout.quorum) },
    { name: "FIRST", value: layout.first },
    secretEnv("HEALTH_PASSWORD", health),
  ];
}

type Probe = NonNullable<Container["livenessProbe"]>;

export function execProbe(script: string): Pick<Probe, "exec"> {
  return { exec: { command: ["sh", script] } };
}

interface NamedPort {
  readonly name: string;
  readonly port: number;
}

/**
 * A Service for one pod of a StatefulSet. Its address stays while the pod comes and goes, so that a failover needs no DNS,
 * and it leads to the pod before that is ready, as Sentinels and servers have to find each other for that.
 */
export function podService(metadata: Metadata, app: string, port: NamedPort): ObjectOf<"Service"> {
  return serviceOf(metadata, { selector: { app, "statefulset.kubernetes.io/pod-name": metadata.name } }, port);
}

/** The Service that a StatefulSet requires. */
export function headlessService(metadata: Metadata, app: string, port: NamedPort): ObjectOf<"Service"> {
  return serviceOf(metadata, { clusterIP: "None", selector: { app } }, port);
}

function serviceOf(metadata: Metadata, to: ServiceSpec, { name, port }: NamedPort): ObjectOf<"Service"> {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata,
    spec: {
      type: "ClusterIP",
      publishNotReadyAddresses: true,
      ...to,
      ports: [{ name, port, targetPort: name, protocol: "TCP" }],
    },
  };
}

type ServiceSpec = Pick<NonNullable<ObjectOf<"Service">["spec"]>, "clusterIP" | "selector">;
