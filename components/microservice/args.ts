import type { Service } from "../../catalogue/service.ts";
import type { Resources } from "../../catalogue/sizes.ts";
import type { EnvironmentValue, SecretKey } from "../../kubernetes/handles.ts";
import type { Connection } from "../../kubernetes/network.ts";
import type { PriorityClassName } from "../priorities/priorities.ts";

/** A union, so that a replica count beside an autoscaler cannot be written. */
export type Scaling =
  | { readonly kind: "fixed"; readonly replicas: number }
  | {
      readonly kind: "auto";
      readonly min: number;
      readonly max: number;
      /** Target share of the CPU request, in percent. */
      readonly cpuPercent: number;
      /**
       * Target share of the memory request, in percent. Off unless given: a Python process rarely gives memory back, so
       * that an average once above the target keeps the service at its maximum for good.
       */
      readonly memoryPercent?: number;
    };

export interface MicroserviceArgs {
  readonly service: Service<string>;
  readonly namespace: string;
  readonly image: Image;
  readonly pullSecret: SecretKey;
  readonly scaling: Scaling;
  readonly resources: Resources;
  readonly placement: Placement;
  /** Environment variables by name. */
  readonly env: Readonly<Record<string, EnvironmentValue>>;
  /** Files below /app/config by name. */
  readonly config: Readonly<Record<string, string>>;
  /** Annotations by which a catalogue sync registers it; absent where there is none. */
  readonly registration?: Readonly<Record<string, string>>;
  /** Who may connect to the service. */
  readonly ingress: readonly Connection[];
  /** Where the service may connect to. */
  readonly egress: readonly Connection[];
  /** What its Services say to the public entry, by port. */
  readonly edge: Readonly<Record<"http" | "grpc", Readonly<Record<string, string>>>>;
  /** Absent when it is not on the way to another image, or Kubernetes rolls it. */
  readonly rollout?: RolloutArgs;
  /** Components that must be rolled out first, besides those whose Secrets it uses. */
  readonly dependsOn: readonly string[];
}

/** A second version of a service beside the stable one. */
export interface SecondTrack {
  readonly name: "canary" | "green";
  readonly image: Image;
  readonly scaling: Scaling;
  readonly env: Readonly<Record<string, EnvironmentValue>>;
}

/** A service on its way from one image to the next. */
export interface RolloutArgs {
  readonly second: SecondTrack;
  /** The track that the service's own host leads to. A canary is reached through the public entry alone. */
  readonly serves: "stable" | "green";
}

export interface Image {
  /** `registry/name:tag`, `registry/name@sha256:…` or both. */
  readonly reference: string;
  /** What the `version` label says. */
  readonly version: string;
}

export interface Placement {
  /** `required`: a pod waits rather than crowd into one zone. */
  readonly zoneSpread: "preferred" | "required";
  readonly priorityClass: PriorityClassName;
}

export type Track = "stable" | SecondTrack["name"];

/** Labels that select the pods of one of a service's tracks. Immutable once deployed. */
export function trackSelector(service: string, track: Track): Record<string, string> {
  return { app: service, track };
}

/** Name of a track's Deployment; the stable one's is the service's own. */
export function trackName(service: string, track: Track): string {
  return track === "stable" ? service : `${service}-${track}`;
}

/** Pods that a rollout adds for a while, of as many as there are. */
export const maxSurge = "25%";

/** Pods at the largest scale, and those that a rollout adds to them; Kubernetes rounds up. */
export function largestScale(scaling: Scaling): { readonly pods: number; readonly surge: number } {
  const pods = replicaRange(scaling).max;
  return { pods, surge: Math.ceil((pods * Number.parseFloat(maxSurge)) / 100) };
}

/** Replicas that are there in any case, and at most. */
export function replicaRange(scaling: Scaling): { readonly min: number; readonly max: number } {
  return scaling.kind === "fixed" ? { min: scaling.replicas, max: scaling.replicas } : scaling;
}
