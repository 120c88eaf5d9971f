import { describe, expect, it } from "vitest";
import { clusterNames, loadCluster } from "../../cli/generated.ts";
import type { KubernetesObject } from "../../kubernetes/manifest.ts";
import { objectsOf } from "../../kubernetes/manifest.ts";
import { root } from "../../local/paths.ts";
import { built, committed } from "../support/environments.ts";
import { unknownFields } from "../support/fields.ts";
import { hasOwnSchema } from "../support/published.ts";

const everything = [
  ...committed.map(({ environment }) => built(environment)),
  ...clusterNames(root).map((name) => loadCluster(name, root)),
]
  .flatMap(objectsOf)
  .filter((object) => !hasOwnSchema(object));

describe("every rendered object", () => {
  it("has only fields that the published type of its kind has", () => {
    expect(unknownFields(everything)).toEqual([]);
  });
});

describe("the check for unknown fields", () => {
  it("names a field that arrives by spread, where TypeScript does not look", () => {
    const concerned = everything.filter(({ kind }) => kind === "Deployment" || kind === "Cluster");
    const planted = concerned.map((object): KubernetesObject => {
      const copy = structuredClone(object);
      if (copy.kind === "Deployment" && copy.metadata.name === "auth-service") {
        Object.assign(copy.spec?.template.spec?.containers[0] ?? {}, { imagee: "x" });
      }
      if (copy.kind === "Cluster" && copy.metadata.name === "postgres") Object.assign(copy.spec, { instancez: 3 });
      return copy;
    });
    expect(new Set(unknownFields(planted))).toEqual(
      new Set(["Deployment auth-service.spec.template.spec.containers[0].imagee", "Cluster postgres.spec.instancez"]),
    );
  });
});
