import type { Scaling, SecondTrack } from "../components/microservice/args.ts";
import type { TrackShare } from "../components/microservice/monitoring.ts";
import { replicaRange } from "../components/microservice/args.ts";
import type { Environment } from "./environment.ts";
import { imageReference } from "./images.ts";

/** How a service gets from one image to the next, while it is on the way; absent, Kubernetes rolls it. */
export type Rollout =
  | {
      readonly kind: "canary";
      readonly weight: number;
      readonly track: Omit<SecondTrack, "env">;
      /** While it is promoted the stable track must be able to take everything back at once. */
      readonly stableScaling: Scaling;
    }
  | {
      readonly kind: "blueGreen";
      readonly active: "blue" | "green";
      readonly track: Omit<SecondTrack, "env">;
      readonly stableScaling: Scaling;
    };

/** The rollout of a service that the settings describe. */
export function rolloutOf(
  service: string,
  { data, settings }: Pick<Environment<string>, "data" | "settings">,
): Rollout | undefined {
  const declared = data.services[service];
  const { canary, blueGreen } = settings.rollouts[service] ?? {};
  if (declared?.kind !== "on") return undefined;
  if (canary !== undefined) {
    const { image, weight, minReplicas, stableMinReplicas } = canary;
    const track = {
      name: "canary" as const,
      image: imageReference(service, image, settings),
      scaling: withMinimum(declared.scaling, minReplicas),
    };
    return { kind: "canary", weight, track, stableScaling: raised(declared.scaling, stableMinReplicas) };
  }
  if (blueGreen !== undefined) {
    // Blue is the Deployment that there always is, so that entering and leaving leave it alone.
    const image = imageReference(service, blueGreen.green, settings);
    const scaling = raised(declared.scaling, blueGreen.minReplicas);
    const track = { name: "green" as const, image, scaling };
    return { kind: "blueGreen", active: blueGreen.active, track, stableScaling: scaling };
  }
  return undefined;
}

/** Never fewer than the environment's data say. */
function raised(scaling: Scaling, min: number | undefined): Scaling {
  return min === undefined ? scaling : withMinimum(scaling, Math.max(min, replicaRange(scaling).min));
}

function withMinimum(scaling: Scaling, min: number): Scaling {
  return scaling.kind === "fixed"
    ? { kind: "fixed", replicas: min }
    : { ...scaling, min, max: Math.max(scaling.max, min) };
}

/** Share of a service's public requests that its canary gets, in percent; 0 without one. */
export function canaryWeights(
  environment: Pick<Environment<string>, "data" | "settings">,
): ReadonlyMap<string, number> {
  return new Map(
    Object.keys(environment.settings.rollouts).flatMap((service) => {
      const rollout = rolloutOf(service, environment);
      return rollout?.kind === "canary" ? [[service, rollout.weight] as const] : [];
    }),
  );
}

/** Shares of the requests that the tracks of each service on its way get, in percent. Others have one track, which gets all. */
export function trackShares(environment: Pick<Environment<string>, "data" | "settings">): TrackShare[] {
  return Object.keys(environment.settings.rollouts).flatMap((service) => {
    const rollout = rolloutOf(service, environment);
    if (rollout === undefined) return [];
    const second = rollout.kind === "canary" ? rollout.weight : rollout.active === "green" ? 100 : 0;
    return [
      { service, track: "stable", percent: 100 - second },
      { service, track: rollout.track.name, percent: second },
    ];
  });
}
