import fc from "fast-check";
import { load } from "js-yaml";
import { describe, expect, it } from "vitest";
import type { Json, Ownership, Service } from "../../catalogue/service.ts";
import { services } from "../../catalogue/services.ts";
import { documentsOf, revisionOf } from "../../components/consul/documents.ts";
import type { ServiceDocuments } from "../../components/consul/documents.ts";
import { kvMaps, mapLimit, planFile } from "../../components/consul/kv.ts";
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
