import { describe, expect, it } from "vitest";
import type { Versions } from "../../delivery/rollout-file.ts";
import { changesOf, withVersions } from "../../delivery/rollout-file.ts";
import { canary } from "../support/rollouts.ts";

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
