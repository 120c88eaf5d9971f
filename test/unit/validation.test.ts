import { describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../kubernetes/manifest.ts";
import { describeObject, objectsOf } from "../../kubernetes/manifest.ts";
import { built, committed } from "../support/environments.ts";
import { validate } from "../support/published.ts";

describe.each(committed)("the objects of $name", ({ environment }) => {
  it("pass the published validators of their kinds", async () => {
    for (const object of objectsOf(built(environment))) {
      await expect(validate(object), describeObject(object)).resolves.toBeUndefined();
    }
  });
});

describe("the validators", () => {
  it("refuse a field of the wrong type", async () => {
    const [first] = objectsOf(built(committed[0]?.environment ?? never())).filter(({ kind }) => kind === "Deployment");
    const broken = { ...structuredClone(first), spec: { ...(first as { spec: object }).spec, replicas: "three" } };
    await expect(validate(broken as unknown as KubernetesObject)).rejects.toThrow("replicas");
  });
});

function never(): never {
  throw new Error("There is an environment.");
}
