import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Versions } from "../../delivery/rollout-file.ts";
import type { LiveService } from "../../delivery/rollout-live.ts";
import type { Situation, Wish } from "../../delivery/rollout-steps.ts";
import { nextStep } from "../../delivery/rollout-steps.ts";
import { UsageError } from "../../policies/finding.ts";
import { rolloutFindings } from "../../policies/rollouts.ts";
import { environmentOf } from "../support/environments.ts";
import { reference, scaling, track } from "../support/rollouts.ts";

const prod = environmentOf("prod");

describe("whatever steps are taken in whatever order", () => {
  const wishes: fc.Arbitrary<Wish | "apply"> = fc.oneof(
    fc.constant("apply" as const),
    fc.record({
      kind: fc.constantFrom("canary" as const, "green" as const),
      image: fc.constantFrom("v2.0.0", "v3.0.0"),
    }),
    fc.record({ kind: fc.constant("weight" as const), percent: fc.constantFrom(0, 1, 50, 100) }),
    fc.record({ kind: fc.constantFrom("promote" as const, "abort" as const, "flip" as const) }),
  );

  it("the settings stay valid, and what serves is never removed or rolled before it is relieved", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(wishes, { minLength: 40, maxLength: 40 }), async (some) => {
        let now: Versions = { image: "v1.0.0", rollout: undefined };
        let applied = now;
        for (const wish of some) {
          if (wish === "apply") {
            // The Deployment that serves everything never gets another image.
            const [before, after] = [applied.rollout?.blueGreen, now.rollout?.blueGreen];
            if (before?.active === "blue" && after !== undefined) expect(after.blue).toBe(before.blue);
            if (before?.active === "green" && after !== undefined) expect(after.green).toBe(before.green);
            if (after === undefined && before !== undefined) expect(before.active).toBe("blue");
            if (now.rollout === undefined) expect(applied.rollout?.canary?.weight ?? 0).toBe(0);
            applied = now;
            continue;
          }
          const given: Situation = {
            ...now,
            environment: "prod",
            service: "auth-service",
            scaling,
            reference,
            live: () => Promise.resolve(liveOf(applied)),
          };
          const step = await nextStep(given, wish).catch((error: unknown) => {
            if (!(error instanceof UsageError)) throw error;
            return now;
          });
          now = { image: step.image, rollout: step.rollout };
          const images = { ...prod.settings.images, "auth-service": now.image };
          const settings = { ...prod.settings, images, rollouts: { "auth-service": now.rollout } };
          expect(rolloutFindings({ ...prod, settings })).toEqual([]);
        }
      }),
    );
  });
});

/** A cluster to which these settings have been applied. */
function liveOf({ image, rollout }: Versions): LiveService {
  const { canary, blueGreen } = rollout ?? {};
  return {
    stable: track(image, Math.max(3, canary?.stableMinReplicas ?? blueGreen?.minReplicas ?? 3)),
    ...(canary === undefined ? {} : { canary: track(canary.image, canary.minReplicas) }),
    ...(blueGreen === undefined ? {} : { green: track(blueGreen.green, Math.max(3, blueGreen.minReplicas ?? 3)) }),
    weight: canary?.weight ?? 0,
    serves: blueGreen?.active === "green" ? "green" : "stable",
  };
}
