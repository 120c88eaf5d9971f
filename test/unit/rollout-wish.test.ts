import { describe, expect, it } from "vitest";
import { wishOf } from "../../cli/rollout-wish.ts";
import { UsageError } from "../../policies/finding.ts";

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
