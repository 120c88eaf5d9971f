import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { load } from "js-yaml";
import { describe, expect, it } from "vitest";
import { changedSettings, withEntry, withSettingsOf } from "../../delivery/settings-file.ts";
import { root } from "../../local/paths.ts";
import { environmentNames } from "../../stacks/environment.ts";

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
const project = "suoke-life";

describe("an edit of a stack file", () => {
  const text = readFileSync(join(root, "Pulumi.prod.yaml"), "utf8");
  const key = `${project}:images`;

  it("changes one line and leaves every other byte", () => {
    const edited = withEntry(text, "Pulumi.prod.yaml", { key, entry: "auth-service", value: digest("a") });
    const [before, after] = [text.split("\n"), edited.split("\n")];
    expect(after.filter((line, index) => line !== before[index])).toEqual([`    auth-service: ${digest("a")}`]);
    expect(after.length).toBe(before.length);
  });

  it("adds what is not there in its alphabetical place, and a key that is not there at the end", () => {
    const added = withEntry(text, "f", { key, entry: "billing-service", value: "v1" });
    expect(added).toMatch(/ {4}auth-service: .*\n {4}billing-service: v1\n/);
    const last = withEntry(text, "f", { key, entry: "zz-service", value: "v1" });
    const rotated = withEntry(last, "f", { key: `${project}:rotations`, entry: "registry", value: 1 });
    expect((load(rotated) as { config: Record<string, unknown> }).config).toMatchObject({
      [`${project}:rotations`]: { registry: 1 },
      [key]: { "zz-service": "v1" },
    });
  });

  it("is read back as exactly that value, for any service and version, in each environment's file", () => {
    const files = environmentNames.map((name) => readFileSync(join(root, `Pulumi.${name}.yaml`), "utf8"));
    fc.assert(
      fc.property(
        fc.constantFrom(...files),
        fc.stringMatching(/^[a-z][a-z-]{0,20}[a-z]$/).filter((name) => !["true", "false", "null"].includes(name)),
        fc.constantFrom("v9.9.9", digest("f"), `v2@${digest("0")}`),
        (file, entry, value) => {
          const config = (source: string) => (load(source) as { config: Record<string, object> }).config;
          const edited = config(withEntry(file, "f", { key, entry, value }));
          expect(edited).toEqual({ ...config(file), [key]: { ...config(file)[key], [entry]: value } });
        },
      ),
    );
  });

  it("goes back to older settings, and keeps secrets, rotations and the key they are encrypted with", () => {
    const now = [
      "secretsprovider: awskms://new",
      "config:",
      "  # about the domain",
      "  suoke-life:domain: new.suoke.life",
      "  suoke-life:images:",
      "    auth-service: v2",
      "  suoke-life:rollouts: { auth-service: canary }",
      "  suoke-life:rotations:",
      "    registry: 3",
      "  suoke-life:secrets:",
      "    registry: { password: { secure: NEW } }",
      "",
    ].join("\n");
    const older = [
      "secretsprovider: awskms://old",
      "config:",
      "  suoke-life:domain: old.suoke.life",
      "  suoke-life:images:",
      "    auth-service: v1",
      "  suoke-life:rotations:",
      "    registry: 1",
      "  suoke-life:secrets:",
      "    registry: { password: { secure: OLD } }",
      "",
    ].join("\n");
    expect(withSettingsOf(now, older, "f", project)).toBe(
      [
        "secretsprovider: awskms://new",
        "config:",
        "  # about the domain",
        "  suoke-life:domain: old.suoke.life",
        "  suoke-life:images:",
        "    auth-service: v1",
        "  suoke-life:rotations:",
        "    registry: 3",
        "  suoke-life:secrets:",
        "    registry: { password: { secure: NEW } }",
        "",
      ].join("\n"),
    );
    expect(withSettingsOf(older, now, "f", project)).toContain("  suoke-life:rollouts: { auth-service: canary }\n");
    expect(changedSettings(now, older, "f", project)).toEqual(["domain", "images", "rollouts", "rotations", "secrets"]);
    expect(withSettingsOf(now, now, "f", project)).toBe(now);
  });
});
