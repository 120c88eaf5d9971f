import fc from "fast-check";
import { load } from "js-yaml";
import { describe, expect, it } from "vitest";
import type { Json, Ownership, Service } from "../../catalogue/service.ts";
import { services } from "../../catalogue/services.ts";
import { documentsOf, platformKeys, revisionOf } from "../../components/consul/documents.ts";
import type { ServiceDocuments } from "../../components/consul/documents.ts";
import { kvMaps, mapLimit, planFile } from "../../components/consul/kv.ts";
import { catalogueFindings } from "../../policies/catalogue.ts";
import { documentFindings } from "../../policies/documents.ts";
import { generated } from "../../kubernetes/secrets.ts";
import { Findings } from "../../policies/finding.ts";
import type { Environment } from "../../stacks/environment.ts";
import { built, environmentOf } from "../support/environments.ts";

const prod = environmentOf("prod");
const auth: Service<string> = services["auth-service"];

/** auth-service with further documents. */
function authWith(documents: Readonly<Record<string, Json>>, ownership: Ownership = "restore"): ServiceDocuments {
  const declared = Object.fromEntries(Object.entries(documents).map(([key, value]) => [key, { ownership, value }]));
  return documentsOf({
    service: { ...auth, documents: declared },
    systems: {},
    logLevel: "INFO",
    traceSampleRatio: 0.1,
  });
}

const found = (documents: Readonly<Record<string, Json>>): string[] =>
  documentFindings([authWith(documents)]).map(({ place, problem, fix }) => `${place}: ${problem} ${fix}`);

function problems(environment: Environment<string>): string[] {
  try {
    built(environment);
    return [];
  } catch (error) {
    if (!(error instanceof Findings)) throw error;
    return error.findings.map(({ place, problem }) => `${place}: ${problem}`);
  }
}

describe("a document is refused", () => {
  it("over 512 KiB, with its size", () => {
    expect(found({ prompts: "x".repeat(512 * 1024) })).toEqual([
      expect.stringMatching(
        /^config\/auth-service\/prompts: has 5242\d\d bytes, and Consul takes 524288 \(512 KiB\)\. Split it/,
      ) as string,
    ]);
  });

  it("when a service's documents together do not fit one transaction", () => {
    const half = "word ".repeat(100_000);
    expect(found({ one: half, two: half, three: half })[0]).toMatch(
      /^config\/auth-service\/: has \d+ bytes in \d documents/,
    );
    const many = Object.fromEntries(Array.from({ length: 61 }, (_, index) => [`key-${index}`, index]));
    expect(found(many)[0]).toMatch(/has 63 documents, and a transaction changes at most 60/);
  });

  it.each(["../user-service/database", "/user-service/database", "a/../../b"])("outside the prefix: %s", (key) => {
    expect(found({ [key]: 1 })).toEqual([
      `config/auth-service/${key}: is outside of config/auth-service/. Declare it in the service that it belongs to.`,
    ]);
  });

  it.each(["", "Upper", "with space", "a/b", "-dash"])("under what is no key: %j", (key) => {
    expect(found({ [key]: 1 })[0]).toContain("is no key");
  });

  it.each(platformKeys)("under a key that the platform writes: %s", (key) => {
    const declared = { ...auth, documents: { [key]: { ownership: "restore" as const, value: {} } } };
    const findings = catalogueFindings({ ...services, "auth-service": declared });
    expect(findings.map(({ problem }) => problem)).toContain(`documents.${key} is written by the platform.`);
  });

  it("that the environment gives a value and the catalogue does not know", () => {
    const declared = prod.data.services["auth-service"];
    if (declared.kind !== "on") throw new Error("auth-service is off.");
    const changed = { ...declared, documents: { limts: 1 }, features: { beta: true } };
    const data = { ...prod.data, services: { ...prod.data.services, "auth-service": changed } };
    expect(problems({ ...prod, data })).toEqual([
      "stacks/prod.ts: services.auth-service.features.beta: is not declared in the catalogue's auth-service.",
      "stacks/prod.ts: services.auth-service.documents.limts: is not declared in the catalogue's auth-service.",
    ]);
  });
});

describe("a value that looks secret is refused, and never repeated in the message:", () => {
  it.each<readonly [string, Json, string]>([
    ["a URL with a password", { url: "postgresql://auth:hunter2@postgres/auth" }, "hunter2"],
    ["a password by its name", { database: { password: "swordfish" } }, "swordfish"],
    ["a key by its camel-case name", { apiKey: "plain-words" }, "plain-words"],
    ["a private key", { text: "-----BEGIN PRIVATE KEY-----\nMIIE" }, "MIIE"],
    ["a signed token", { text: "eyJhbGciOiJI.eyJzdWIiOiIx.c2ln" }, "eyJhbGciOiJI"],
    ["random bytes", { salt: "q8Zr3vT1mKx0Lw9bYc5Nf7Hd2Gj4Ps6A" }, "q8Zr3vT1"],
    ["a secret in a list", { list: [{ token: "abc" }] }, "abc"],
  ])("%s", (_, value, secret) => {
    const [problem, ...rest] = found({ settings: value });
    expect(problem).toMatch(
      /^config\/auth-service\/settings: .* Put the value into a Secret, and write \{ env, secret/,
    );
    expect(problem).not.toContain(secret);
    expect(rest).toEqual([]);
  });

  it("a secret expression", () => {
    expect(found({ settings: { key: generated("x", { length: 32 }) as unknown as Json } })[0]).toContain(
      "key is a secret expression",
    );
  });

  it("but not a reference to one, nor words", () => {
    const value = {
      password: { env: "PASSWORD", secret: "database-secret", key: "auth" },
      url: "https://api.suoke.life/a/long/path/of/many/ordinary/words",
      tokenLifetimeSeconds: 3600,
    };
    expect(found({ settings: value })).toEqual([]);
  });
});

describe("what a service finds in Consul", () => {
  const documents = documentsOf({
    service: services["user-service"],
    systems: {},
    logLevel: "INFO",
    traceSampleRatio: 0.1,
    features: { "profile-cache": false },
  });

  it("is YAML that reads back as what was declared", () => {
    for (const { text, value } of Object.values(documents.documents)) expect(load(text)).toEqual(value);
  });

  it("has the environment's switches over the catalogue's", () => {
    expect(documents.documents["features"]?.value).toEqual({ "profile-cache": false });
  });

  it("never holds a password: the committed environments refer to Secrets by name", () => {
    const plan = built(prod).flatMap(({ manifests }) => manifests.map(({ object }) => object));
    const texts = plan.flatMap((each) =>
      each.kind === "ConfigMap" && each.metadata.name.startsWith("consul-kv-") ? [each.data ?? {}] : [],
    );
    const database = load(texts[0]?.["auth-service.database"] ?? "") as Record<string, unknown>;
    expect(database).toEqual({
      name: "auth",
      url: { env: "DATABASE_URL", secret: "database-secret", key: "auth-db-url" },
      replicaUrls: { env: "DATABASE_REPLICA_URLS", secret: "database-secret", key: "auth-db-ro-urls" },
    });
  });

  it("has a revision that changes with content and ownership, and with nothing else", () => {
    const revision = (value: Json, ownership: Ownership): string => revisionOf(authWith({ limits: value }, ownership));
    expect(revision(1, "restore")).not.toBe(revision(2, "restore"));
    expect(revision(1, "restore")).not.toBe(revision(1, "keep"));
    expect(revision({ a: 1, b: 2 }, "restore")).toBe(revision({ b: 2, a: 1 }, "restore"));
  });
});

describe("the ConfigMaps of the documents", () => {
  it("each fit the API server, and together hold every document once", () => {
    const size = fc.integer({ min: 1, max: 400_000 });
    fc.assert(
      fc.property(fc.array(size, { minLength: 1, maxLength: 12 }), (sizes) => {
        const all = sizes.map((length, index): ServiceDocuments => {
          const text = "x".repeat(length);
          return {
            service: `service-${index}`,
            documents: { limits: { ownership: "restore", value: text, text } },
          };
        });
        const maps = [...kvMaps(all).values()];
        for (const files of maps) {
          const bytes = Object.entries(files).reduce((sum, [name, text]) => sum + name.length + text.length, 0);
          expect(bytes).toBeLessThanOrEqual(mapLimit);
        }
        expect(maps.flatMap((files) => Object.keys(files)).sort()).toEqual(
          [planFile, ...all.map(({ service }) => `${service}.limits`)].sort(),
        );
      }),
      { numRuns: 12 },
    );
  });
});
