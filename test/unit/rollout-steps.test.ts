import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { wishOf } from "../../cli/rollout-wish.ts";
import type { RolloutSettings, Versions } from "../../delivery/rollout-file.ts";
import { changesOf, withVersions } from "../../delivery/rollout-file.ts";
import type { LiveService, LiveTrack } from "../../delivery/rollout-live.ts";
import { liveService } from "../../delivery/rollout-live.ts";
import type { Situation, Wish } from "../../delivery/rollout-steps.ts";
import { nextStep } from "../../delivery/rollout-steps.ts";
import { UsageError } from "../../policies/finding.ts";
import { rolloutFindings } from "../../policies/rollouts.ts";
import { environmentOf } from "../support/environments.ts";

const prod = environmentOf("prod");
const scaling = { kind: "auto", min: 3, max: 10, cpuPercent: 70 } as const;
const reference = (version: string): string => `registry/auth-service:${version}`;

function track(image: string, desired = 3, available = desired): LiveTrack {
  return { image: reference(image), desired, available, rolledOut: true };
}

function situation(rollout: RolloutSettings | undefined, live: Partial<LiveService> = {}, image = "v1"): Situation {
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

const unreachable: Pick<Situation, "live"> = { live: () => Promise.reject(new UsageError("The cluster is away.")) };
const canary = (weight: number, minReplicas = 3, more: object = {}): RolloutSettings => ({
  canary: { image: "v2", weight, minReplicas, ...more },
});
const blueGreen = (active: "blue" | "green", more: object = {}): RolloutSettings => ({
  blueGreen: { active, blue: "v1", green: "v2", ...more },
});
const weight = (percent: number): Wish => ({ kind: "weight", percent });

function refusal(given: Situation, wish: Wish): Promise<string> {
  return nextStep(given, wish).then(
    () => "",
    (error: unknown) => (error instanceof UsageError ? error.message : String(error)),
  );
}

describe("a canary's next step", () => {
  it("begins without requests", async () => {
    const step = await nextStep({ ...situation(undefined), ...unreachable }, { kind: "canary", image: "v2" });
    expect([step.image, step.rollout]).toEqual(["v1", canary(0, 2)]);
    const single = { ...situation(undefined), ...unreachable, scaling: { kind: "fixed", replicas: 1 } as const };
    expect((await nextStep(single, { kind: "canary", image: "v2" })).rollout).toEqual(canary(0, 1));
  });

  it("gives it the pods that its share of the live ones takes", async () => {
    const live = { stable: track("v1", 8), canary: track("v2", 2), weight: 20 };
    expect((await nextStep(situation(canary(20, 2), live), weight(50))).rollout).toEqual(canary(50, 5));
    expect((await nextStep(situation(canary(20, 2), live), weight(100))).rollout).toEqual(canary(100, 10));
  });

  it("counts no pods of a canary that carries nothing yet, and none above the most that there may be", async () => {
    const first = { stable: track("v1", 6), canary: track("v2", 3), weight: 0 };
    expect((await nextStep(situation(canary(0), first), weight(50))).rollout).toEqual(canary(50, 3));
    const full = { stable: track("v1", 10), canary: track("v2", 5), weight: 50 };
    expect((await nextStep(situation(canary(50), full), weight(100))).rollout).toEqual(canary(100, 10));
  });

  it("takes requests back without asking the cluster, which may be what is broken", async () => {
    const away = { ...situation(canary(50, 5)), ...unreachable };
    expect((await nextStep(away, weight(10))).rollout).toEqual(canary(10, 5));
    expect((await nextStep(away, { kind: "abort" })).rollout).toEqual(canary(0, 5));
  });

  it("promotes it: its image while it serves, with pods for everything; then all requests; then it goes", async () => {
    const serving = { stable: track("v1", 3), canary: track("v2", 4), weight: 50 };
    const first = await nextStep(situation(canary(50, 4), serving), { kind: "promote" });
    expect([first.image, first.rollout]).toEqual(["v2", canary(50, 4, { stableMinReplicas: 7 })]);
    const rolled = { ...serving, stable: track("v2", 7) };
    const second = await nextStep(situation(first.rollout, rolled, "v2"), { kind: "promote" });
    expect([second.image, second.rollout]).toEqual(["v2", canary(0, 4, { stableMinReplicas: 7 })]);
    const third = await nextStep(situation(second.rollout, { ...rolled, weight: 0 }, "v2"), { kind: "promote" });
    expect([third.image, third.rollout]).toEqual(["v2", undefined]);
  });

  it("is refused with the reason until the step before has been applied and rolled out", async () => {
    expect(await refusal(situation(canary(0), {}), weight(10))).toBe(
      "auth-service-canary does not run yet. Apply what the settings say, then go on.",
    );
    expect(await refusal(situation(canary(0), { canary: track("v1.5") }), weight(10))).toContain("runs registry/");
    expect(await refusal(situation(canary(0), { canary: track("v2", 3, 1) }), weight(10))).toContain(
      "1 of 3 pods serve",
    );
    const behind = { canary: track("v2"), weight: 10 };
    expect(await refusal(situation(canary(25), behind), weight(50))).toContain("gets 10 % of the requests in prod");
    expect(await refusal(situation(canary(0), behind), { kind: "abort" })).toContain("and the settings say 0 %.");
    const promoting = canary(50, 4, { stableMinReplicas: 7 });
    const few = { stable: track("v2", 5), canary: track("v2", 4), weight: 50 };
    expect(await refusal(situation(promoting, few, "v2"), { kind: "promote" })).toContain("5 of 7 pods");
    const rolling = { ...few, stable: { ...track("v2", 7), rolledOut: false } };
    expect(await refusal(situation(promoting, rolling, "v2"), { kind: "promote" })).toContain("is not rolled out");
  });

  it("is refused where it makes no sense, with what does", async () => {
    expect(await refusal(situation(undefined), weight(10))).toBe(
      "auth-service has no rollout in prod. Begin one: ./suoke rollout prod auth-service --canary <version>",
    );
    expect(await refusal(situation(canary(10)), { kind: "flip" })).toContain("Use --weight, --promote or --abort.");
    expect(await refusal(situation(blueGreen("blue")), weight(10))).toContain("Use --flip, --promote or --abort.");
    expect(await refusal(situation(canary(0)), { kind: "canary", image: "v3" })).toContain("has a canary (v2)");
    expect(await refusal(situation(undefined), { kind: "canary", image: "v1" })).toContain(
      "runs auth-service v1 already",
    );
    expect(await refusal(situation(canary(0)), { kind: "promote" })).toContain("its weight is 0. Raise it first.");
    const promoting = canary(50, 4, { stableMinReplicas: 7 });
    expect(await refusal(situation(promoting), { kind: "abort" })).toContain("./suoke rollback prod auth-service");
  });
});

describe("the next step of blue and green", () => {
  it("begins with the service's own image as blue, which serves", async () => {
    const step = await nextStep({ ...situation(undefined), ...unreachable }, { kind: "green", image: "v2" });
    expect(step.rollout).toEqual(blueGreen("blue"));
  });

  it("flips at once when the other one has as many pods, and gives it as many before when not", async () => {
    const equal = { stable: track("v1", 6), green: track("v2", 6) };
    expect((await nextStep(situation(blueGreen("blue"), equal), { kind: "flip" })).rollout).toEqual(
      blueGreen("green", { minReplicas: 6 }),
    );
    const fewer = { stable: track("v1", 6), green: track("v2", 3) };
    const first = await nextStep(situation(blueGreen("blue"), fewer), { kind: "flip" });
    expect(first.rollout).toEqual(blueGreen("blue", { minReplicas: 6 }));
    expect(first.next).toContain("has 3 pods, and 6 serve");
  });

  it("goes back to blue without asking the cluster", async () => {
    const away = { ...situation(blueGreen("green", { minReplicas: 6 })), ...unreachable };
    expect((await nextStep(away, { kind: "abort" })).rollout).toEqual(blueGreen("blue", { minReplicas: 6 }));
  });

  it("promotes green: blue takes its image without requests, then all of them; then green goes", async () => {
    const serves = { stable: track("v1"), green: track("v2"), serves: "green" } as const;
    const first = await nextStep(situation(blueGreen("green"), serves), { kind: "promote" });
    expect([first.image, first.rollout]).toEqual(["v2", blueGreen("green", { blue: "v2" })]);
    const rolled = { ...serves, stable: track("v2") };
    const second = await nextStep(situation(first.rollout, rolled, "v2"), { kind: "promote" });
    expect(second.rollout).toEqual(blueGreen("blue", { blue: "v2", minReplicas: 3 }));
    const third = await nextStep(situation(second.rollout, { ...rolled, serves: "stable" }, "v2"), { kind: "promote" });
    expect([third.image, third.rollout]).toEqual(["v2", undefined]);
  });

  it("is refused while the cluster is not where the settings are, or green has not served", async () => {
    const serves = { stable: track("v1"), green: track("v2"), serves: "green" } as const;
    expect(await refusal(situation(blueGreen("blue"), serves), { kind: "flip" })).toContain("the settings say blue");
    expect(await refusal(situation(blueGreen("blue"), serves), { kind: "abort" })).toContain("Apply them, then go on.");
    expect(await refusal(situation(blueGreen("blue")), { kind: "promote" })).toContain("Flip first: --flip");
  });
});

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

describe("the settings file", () => {
  const file = (rollouts: string): string =>
    `config:\n  # Why.\n  suoke-life:images:\n    auth-service: v1 # the one\n${rollouts}  suoke-life:domain: api.suoke.life\n`;
  const edit = (text: string, before: Versions, after: Versions): string =>
    withVersions({ text, file: "Pulumi.prod.yaml", project: "suoke-life" }, "auth-service", before, after);
  const flow =
    "  suoke-life:rollouts:\n    # Since Monday.\n    auth-service:\n      canary: { image: v2, weight: 10, minReplicas: 3 } # slowly\n";

  it("changes the values that change, and nothing else", () => {
    const text = edit(file(flow), { image: "v1", rollout: canary(10) }, { image: "v1", rollout: canary(25, 4) });
    expect(text).toBe(file(flow.replace("weight: 10, minReplicas: 3", "weight: 25, minReplicas: 4")));
  });

  it("adds a value at the end of a block, however that is written", () => {
    const after = { image: "v2", rollout: canary(10, 3, { stableMinReplicas: 6 }) };
    const text = edit(file(flow), { image: "v1", rollout: canary(10) }, after);
    expect(text).toContain("minReplicas: 3, stableMinReplicas: 6 } # slowly\n");
    expect(text).toContain("    auth-service: v2 # the one\n");
    const block = flow.replace(
      "canary: { image: v2, weight: 10, minReplicas: 3 } # slowly",
      "canary:\n        image: v2\n        weight: 10\n        minReplicas: 3 # slowly",
    );
    expect(edit(file(block), { image: "v1", rollout: canary(10) }, after)).toContain(
      "        minReplicas: 3 # slowly\n        stableMinReplicas: 6\n",
    );
  });

  it("gets a block, with its key where there is none, and loses it again", () => {
    for (const [before, key] of [
      [file(""), ""],
      [file("  suoke-life:rollouts: {}\n"), ""],
      [
        file("  suoke-life:rollouts:\n    user-service:\n      canary: { image: v3, weight: 1, minReplicas: 1 }\n"),
        "user",
      ],
    ] as const) {
      const with2 = edit(before, { image: "v1", rollout: undefined }, { image: "v1", rollout: canary(0, 1) });
      expect(with2).toContain("    auth-service:\n      canary: { image: v2, weight: 0, minReplicas: 1 }\n");
      expect(with2.includes("user-service")).toBe(key === "user");
      const without = edit(with2, { image: "v1", rollout: canary(0, 1) }, { image: "v1", rollout: undefined });
      expect(without).toBe(before.replace("  suoke-life:rollouts: {}\n", ""));
    }
  });

  it("keeps a tag that looks like a number a text", () => {
    const rollout = { canary: { image: "1.10", weight: 0, minReplicas: 1 } };
    const text = edit(file(""), { image: "v1", rollout: undefined }, { image: "v1", rollout });
    expect(text).toContain('canary: { image: "1.10", weight: 0');
  });

  it("says what changes in the settings' own names", () => {
    const after = { image: "v2", rollout: canary(10, 3, { stableMinReplicas: 6 }) };
    expect(changesOf("auth-service", { image: "v1", rollout: canary(10) }, after)).toEqual([
      { setting: "images.auth-service", from: "v1", to: "v2" },
      { setting: "rollouts.auth-service.canary.stableMinReplicas", from: undefined, to: 6 },
    ]);
  });
});

describe("a step is asked for", () => {
  const refused = (options: Parameters<typeof wishOf>[0]): string => {
    try {
      wishOf(options);
      return "";
    } catch (error) {
      return error instanceof UsageError ? error.message : String(error);
    }
  };

  it("by one option with a value that there is", () => {
    expect(wishOf({ weight: "0" })).toEqual({ kind: "weight", percent: 0 });
    for (const wrong of ["101", "-1", "ten", "1.5", ""]) {
      expect(refused({ weight: wrong })).toBe(`"${wrong}" is no weight: give 0 to 100, in percent.`);
    }
    expect(refused({ canary: "latest" })).toContain("latest is not allowed");
    expect(refused({})).toContain("Say which step: --canary <version>");
    expect(refused({ weight: "10", promote: true })).toBe(
      "--weight and --promote are two steps. Take one, apply it, and then the other.",
    );
  });
});

describe("what runs is read off the API server", () => {
  const deployment = (name: string, image: string, replicas: number, status: object = {}) => ({
    metadata: { name, generation: 2 },
    spec: { replicas, template: { spec: { containers: [{ image }] } } },
    status: { observedGeneration: 2, replicas, updatedReplicas: replicas, availableReplicas: replicas, ...status },
  });
  const route = (time: string, ...backendRefs: readonly { name: string; weight?: number }[]) => ({
    metadata: { name: "r", managedFields: [{ time }, { time: "2099-01-01T00:00:00Z", subresource: "status" }] },
    spec: { rules: [{ backendRefs }] },
  });
  const read = (objects: Partial<Parameters<typeof liveService>[1]>) =>
    liveService("auth-service", { deployments: [], services: [], routes: [], ...objects });

  it("with the larger weight while routes differ, and the time of the last change of ours", () => {
    const routes = [
      route("2026-11-24T10:00:00Z", { name: "auth-service", weight: 90 }, { name: "auth-service-canary", weight: 10 }),
      route("2026-11-24T11:00:00Z", { name: "auth-service-grpc" }, { name: "auth-service-canary-grpc", weight: 25 }),
      route("2026-11-24T12:00:00Z", { name: "user-service" }, { name: "user-service-canary", weight: 80 }),
    ];
    expect(read({ routes })).toEqual({ weight: 25, serves: "stable", since: "2026-11-24T11:00:00Z" });
  });

  it("as not rolled out while old pods are left, or the change has not been seen", () => {
    const of = (status: object) =>
      read({ deployments: [deployment("auth-service", "a:v1", 3, status)] }).stable?.rolledOut;
    expect([of({}), of({ updatedReplicas: 2 }), of({ replicas: 4 }), of({ observedGeneration: 1 })]).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });

  it("with the track that the service's own host leads to", () => {
    const services = [{ metadata: { name: "auth-service" }, spec: { selector: { track: "green" } } }];
    expect(read({ services, deployments: [deployment("auth-service-green", "a:v2", 4)] })).toEqual({
      green: { available: 4, desired: 4, rolledOut: true, image: "a:v2" },
      weight: 0,
      serves: "green",
    });
  });
});
