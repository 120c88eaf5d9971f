import type { RolloutSettings } from "../../delivery/rollout-file.ts";
import type { LiveService, LiveTrack } from "../../delivery/rollout-live.ts";
import type { Situation, Wish } from "../../delivery/rollout-steps.ts";
import { nextStep } from "../../delivery/rollout-steps.ts";
import { UsageError } from "../../policies/finding.ts";

export const scaling = { kind: "auto", min: 3, max: 10, cpuPercent: 70 } as const;
export const reference = (version: string): string => `registry/auth-service:${version}`;

/** A Deployment that runs a version with so many pods. */
export function track(image: string, desired = 3, available = desired): LiveTrack {
  return { image: reference(image), desired, available, rolledOut: true };
}

/** Where auth-service's rollout is, in the settings and in the cluster. */
export function situation(
  rollout: RolloutSettings | undefined,
  live: Partial<LiveService> = {},
  image = "v1",
): Situation {
  return {
    environment: "prod",
    service: "auth-service",
    image,
    rollout,
    scaling,
    reference,
    live: () => Promise.resolve({ stable: track(image), weight: 0, serves: "stable", ...live }),
  };
}

export const unreachable: Pick<Situation, "live"> = {
  live: () => Promise.reject(new UsageError("The cluster is away.")),
};
export const canary = (weight: number, minReplicas = 3, more: object = {}): RolloutSettings => ({
  canary: { image: "v2", weight, minReplicas, ...more },
});
export const blueGreen = (active: "blue" | "green", more: object = {}): RolloutSettings => ({
  blueGreen: { active, blue: "v1", green: "v2", ...more },
});
export const weight = (percent: number): Wish => ({ kind: "weight", percent });

/** What a step is refused with; nothing when it is taken. */
export function refusal(given: Situation, wish: Wish): Promise<string> {
  return nextStep(given, wish).then(
    () => "",
    (error: unknown) => (error instanceof UsageError ? error.message : String(error)),
  );
}
