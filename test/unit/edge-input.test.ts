import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../../local/paths.ts";
import { loadEnvironment } from "../../stacks/load.ts";
import { platform } from "../../stacks/platform.ts";

// What people write into the settings about the entry, and what they are told: the place, the value and what to do, in one go.

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "suoke-edge-input-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = "Pulumi.prod.yaml";
const committed = readFileSync(join(root, file), "utf8");

/** What is said to settings with this block at their end; nothing when the platform is built from them. */
function said(block: string, settings = committed): string {
  writeFileSync(join(folder, file), `${settings}${block}`);
  try {
    platform(loadEnvironment("prod", folder));
    return "";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const canary = (service: string, fields: string): string =>
  `  suoke-life:rollouts:\n    ${service}:\n      canary: { ${fields} }\n`;

describe("settings of the entry", () => {
  it("are taken when they are right", () => {
    expect(said(canary("auth-service", "image: v9.0.0, weight: 10, minReplicas: 3"))).toBe("");
  });

  it.each([
    [
      "a weight above 100",
      canary("auth-service", "image: v9.0.0, weight: 101, minReplicas: 3"),
      ["rollouts.auth-service.canary.weight: 101: is no share", "give 0 to 100"],
    ],
    [
      "a weight below 0",
      canary("auth-service", "image: v9.0.0, weight: -1, minReplicas: 3"),
      ["rollouts.auth-service.canary.weight: -1: is no share", "give 0 to 100"],
    ],
    [
      "half a percent",
      canary("auth-service", "image: v9.0.0, weight: 0.5, minReplicas: 3"),
      ["rollouts.auth-service.canary.weight: 0.5: is no share", "whole percent"],
    ],
    [
      "a canary of a service that there is not",
      canary("auth-servce", "image: v9.0.0, weight: 10, minReplicas: 3"),
      ["rollouts.auth-servce: unknown key", 'Did you mean "auth-service"?'],
    ],
    [
      "a canary that is what runs already",
      canary("auth-service", "image: v1.0.0, weight: 10, minReplicas: 3"),
      ["Pulumi.prod.yaml: rollouts.auth-service.canary.image: v1.0.0 is what runs already.", "Give the image"],
    ],
    [
      "a canary that only other services call",
      canary("xiaoke-service", "image: v9.0.0, weight: 10, minReplicas: 3"),
      ["Pulumi.prod.yaml: rollouts.xiaoke-service.canary: Kong has no route to it", "Use blueGreen"],
    ],
    [
      "two ways at the same time",
      "  suoke-life:rollouts:\n    auth-service:\n      canary: { image: v9.0.0, weight: 10, minReplicas: 3 }\n" +
        "      blueGreen: { active: blue, blue: v1.0.0, green: v9.0.0 }\n",
      ["rollouts.auth-service: ", "give one of them"],
    ],
    [
      "an image without a version",
      canary("auth-service", "image: latest, weight: 10, minReplicas: 3"),
      ['rollouts.auth-service.canary.image: "latest"', "latest is not allowed"],
    ],
  ])("are refused with %s", (_, block, words) => {
    const message = said(block);
    for (const word of words) expect(message).toContain(word);
    expect(message.match(/Pulumi\.prod\.yaml/g)).toHaveLength(1);
  });
});

describe("the key that tokens are checked with", () => {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = (lines: string): string => lines.trimEnd().replaceAll("\n", "\n          ");
  /** The committed settings with something else in the key's place. */
  const withKey = (text: string): string =>
    committed.replace(/-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/, pem(text));

  it.each([
    ["a private one", privateKey.export({ type: "pkcs8", format: "pem" }).toString(), "is a private key", "Rotate it"],
    [
      "one that expires",
      "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIU\n-----END CERTIFICATE-----\n",
      "is a certificate, which ends some day",
      "Put its public key here",
    ],
  ])("is refused when it is %s, with its place, and is not repeated", (_, key, problem, fix) => {
    const message = said("", withKey(key));
    expect(message).toContain(`suoke-life:tokens.0.publicKey: ${problem}`);
    expect(message).toContain(fix);
    expect(message.match(/Pulumi\.prod\.yaml/g)).toHaveLength(1);
    for (const line of key.split("\n").filter((each) => /^\w/.test(each))) expect(message).not.toContain(line);
  });

  it("is not repeated either when what surrounds it is wrong", () => {
    const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const message = said("", withKey(key).replace("- issuer:", "  issuer:"));
    expect(message).toContain("suoke-life:tokens: what is there: Invalid input: expected array");
    expect(message).not.toContain("PRIVATE KEY");
  });
});
