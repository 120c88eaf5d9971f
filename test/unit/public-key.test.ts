import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { publicKeyProblem } from "../../stacks/public-key.ts";

describe("a public key", () => {
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = rsa.publicKey.export({ type: "spki", format: "pem" }).toString();

  it("of RSA is taken", () => {
    expect(publicKeyProblem(pem)).toBeUndefined();
  });

  it.each([
    [
      "a private key",
      rsa.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
      /is a private key: .*Rotate it/,
    ],
    ["a certificate", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", /is a certificate, which ends/],
    [
      "a key of another kind",
      generateKeyPairSync("ed25519").publicKey.export({ type: "spki", format: "pem" }).toString(),
      /is of type ed25519/,
    ],
    [
      "a short key",
      generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey.export({ type: "spki", format: "pem" }).toString(),
      /has 1024 bits/,
    ],
    ["half a key", pem.replace(/\n[^\n]+\n-----END/, "\n-----END"), /is damaged/],
    ["a word", "s3cret", /is not a public key in PEM/],
  ])("that is %s is refused, and not repeated", (_, text, message) => {
    const problem = publicKeyProblem(text);
    expect(problem).toMatch(message);
    expect(problem).not.toContain(text.split("\n")[1] ?? text);
  });
});
