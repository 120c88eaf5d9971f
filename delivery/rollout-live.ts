import { UsageError } from "../policies/finding.ts";

/** One of a service's Deployments, as it is in the cluster. */
export interface LiveTrack {
  /** Pods that serve. */
  readonly available: number;
  /** Pods that there should be, as its autoscaler says. */
  readonly desired: number;
  /** Every pod runs what the Deployment says. */
  readonly rolledOut: boolean;
  /** `registry/name:version` of its pods. */
  readonly image: string;
}

/** What runs of a service, and where its requests go. */
export interface LiveService {
  readonly stable?: LiveTrack;
  readonly canary?: LiveTrack;
  readonly green?: LiveTrack;
  /** Share of the public requests that the canary gets, in percent; 0 without one. */
  readonly weight: number;
  /** The track that the service's own host leads to. */
  readonly serves: "stable" | "green";
  /** When that was changed last; ISO 8601. Unknown when the server does not say. */
  readonly since?: string;
}

/** Pods that carry all of a service's requests now. */
export function podsThatServe({ stable, canary, green, weight, serves }: LiveService): number {
  if (serves === "green") return green?.desired ?? 0;
  return (stable?.desired ?? 0) + (weight > 0 ? (canary?.desired ?? 0) : 0);
}

/**
 * A track that has all pods, and runs the image that it should.
 * @param name of its Deployment
 * @throws {UsageError} saying what is missing
 */
export function rolledOut(track: LiveTrack | undefined, name: string, image: string): LiveTrack {
  if (track === undefined) throw new UsageError(`${name} does not run yet. Apply what the settings say, then go on.`);
  if (track.image !== image) {
    throw new UsageError(
      `${name} runs ${track.image} in the cluster, and the settings say ${image}. Apply them, then go on.`,
    );
  }
  if (!track.rolledOut || track.available < track.desired) {
    throw new UsageError(
      `${name} is not rolled out: ${track.available} of ${track.desired} pods serve. Wait for it, or see why: kubectl describe deployment ${name}`,
    );
  }
  return track;
}

export interface ApiObject {
  readonly metadata: {
    readonly name: string;
    readonly generation?: number;
    readonly managedFields?: readonly { readonly time?: string; readonly subresource?: string }[];
  };
  readonly spec?: unknown;
  readonly status?: unknown;
}

export interface ApiObjects {
  readonly deployments: readonly ApiObject[];
  readonly services: readonly ApiObject[];
  /** HTTPRoutes and GRPCRoutes. */
  readonly routes: readonly ApiObject[];
}

/** Reads a service off what the API server lists of a namespace. */
export function liveService(service: string, { deployments, services, routes }: ApiObjects): LiveService {
  const tracks = Object.entries({ stable: service, canary: `${service}-canary`, green: `${service}-green` }).flatMap(
    ([track, name]) => {
      const found = deployments.find(({ metadata }) => metadata.name === name);
      return found === undefined ? [] : [[track, liveTrack(found)] as const];
    },
  );
  const own = services.find(({ metadata }) => metadata.name === service);
  const selector = (own?.spec as { selector?: Record<string, string> } | undefined)?.selector;
  const leading = routes.filter((route) => backends(route).some(({ name }) => tracksOf(service).has(name)));
  const shares = leading.flatMap(backends).filter(({ name }) => canariesOf(service).has(name));
  // A split that has not reached every route counts as the larger one.
  const weight = Math.max(0, ...shares.map(({ weight = 1 }) => weight));
  const serves = selector?.["track"] === "green" ? "green" : "stable";
  const times = [...leading, ...(own === undefined ? [] : [own])].flatMap(({ metadata }) =>
    (metadata.managedFields ?? []).flatMap(({ time, subresource }) =>
      time === undefined || subresource !== undefined ? [] : [time],
    ),
  );
  const since = times.sort().at(-1);
  return { ...Object.fromEntries(tracks), weight, serves, ...(since === undefined ? {} : { since }) };
}

interface Backend {
  readonly name: string;
  readonly weight?: number;
}

function backends({ spec }: ApiObject): readonly Backend[] {
  const { rules = [] } = (spec ?? {}) as { rules?: readonly { backendRefs?: readonly Backend[] }[] };
  return rules.flatMap(({ backendRefs = [] }) => backendRefs);
}

function canariesOf(service: string): ReadonlySet<string> {
  return new Set([`${service}-canary`, `${service}-canary-grpc`]);
}

function tracksOf(service: string): ReadonlySet<string> {
  return new Set([service, `${service}-grpc`, ...canariesOf(service)]);
}

interface DeploymentSpec {
  readonly replicas?: number;
  readonly template: { readonly spec: { readonly containers: readonly { readonly image: string }[] } };
}
interface DeploymentStatus {
  readonly observedGeneration?: number;
  readonly replicas?: number;
  readonly updatedReplicas?: number;
  readonly availableReplicas?: number;
}

function liveTrack({ metadata, spec, status }: ApiObject): LiveTrack {
  const { replicas = 1, template } = spec as DeploymentSpec;
  const {
    observedGeneration = 0,
    replicas: all = 0,
    updatedReplicas = 0,
    availableReplicas = 0,
  } = (status ?? {}) as DeploymentStatus;
  return {
    available: availableReplicas,
    desired: replicas,
    rolledOut:
      observedGeneration >= (metadata.generation ?? 0) && updatedReplicas >= replicas && all <= updatedReplicas,
    image: template.spec.containers[0]?.image ?? "",
  };
}
