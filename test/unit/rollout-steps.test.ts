import { describe, expect, it } from "vitest";
import { nextStep } from "../../delivery/rollout-steps.ts";
import { blueGreen, canary, refusal, situation, track, unreachable, weight } from "../support/rollouts.ts";

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
