import { describe, expect, it } from "vitest";
import { clusterNames, loadCluster } from "../../cli/generated.ts";
import type { KubernetesObject } from "../../kubernetes/manifest.ts";
import { objectsOf } from "../../kubernetes/manifest.ts";
import { root } from "../../local/paths.ts";
import { platform } from "../../stacks/platform.ts";
import { committed } from "../support/environments.ts";
import { unknownFields } from "../support/fields.ts";

const everything = [
  ...committed.map(({ environment }) => platform(environment)),
  ...clusterNames(root).map((name) => loadCluster(name, root)),
].flatMap(objectsOf);

describe("every rendered object", () => {
  it("has only fields that the published type of its kind has", () => {
    expect(unknownFields(everything)).toEqual([]);
  });
});

describe("the check for unknown fields", () => {
  it("names a field that arrives by spread, where TypeScript does not look", () => {
    const planted = everything.map((object): KubernetesObject => {
      if (object.kind !== "Deployment" || object.metadata.name !== "auth-service") return object;
      const copy = structuredClone(object);
      Object.assign(copy.spec?.template.spec?.containers[0] ?? {}, { imagee: "x" });
      return copy;
    });
    expect(new Set(unknownFields(planted))).toEqual(
      new Set(["Deployment auth-service.spec.template.spec.containers[0].imagee"]),
    );
  });
});
