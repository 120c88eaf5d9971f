import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadCluster } from "../../cli/generated.ts";
import { root } from "../../local/paths.ts";
import type { Analyzer, EngineResource } from "../support/analyzer.ts";
import { engineResources, startPack, unknownObject, unknownString } from "../support/analyzer.ts";
import { built, environmentOf } from "../support/environments.ts";

const canary = "canary-4f6e1d";
let pack: Analyzer;
beforeAll(async () => {
  pack = await startPack();
});
afterAll(() => pack.stop());

const dev = (secret: unknown = canary): EngineResource[] =>
  engineResources("dev", "suoke-life", built(environmentOf("dev")), secret);

/** With one object's inputs changed. */
function changed(
  name: string,
  change: (inputs: Record<string, unknown>) => unknown,
  resources = dev(),
): EngineResource[] {
  return resources.map((resource) => {
    if (!resource.urn.endsWith(`::${name}`)) return resource;
    const inputs = structuredClone(resource.inputs);
    change(inputs);
    return { ...resource, inputs };
  });
}

interface Workload {
  readonly spec: { readonly template: { readonly spec: Record<string, unknown> } };
}
const podOf = (inputs: unknown): Record<string, unknown> => (inputs as Workload).spec.template.spec;

describe("the policy pack, asked as the engine asks it", () => {
  it.each(["dev", "staging", "prod"] as const)("has nothing against %s as it is committed", async (name) => {
    const resources = engineResources(name, "suoke-life", built(environmentOf(name)), canary);
    expect(await pack.preview(resources)).toEqual([]);
  });

  it("has nothing against what a cluster's environments share", async () => {
    expect(
      await pack.preview(engineResources("prod", "suoke-life-cluster", loadCluster("prod", root), canary)),
    ).toEqual([]);
  });

  it("has nothing against an environment whose secrets the update makes", async () => {
    expect(await pack.preview(dev(unknownString))).toEqual([]);
    expect(await pack.preview(dev(unknownObject))).toEqual([]);
  });

  it("refuses a weakened object, and names it", async () => {
    const found = await pack.preview(
      changed("auth-service-Deployment-auth-service", (inputs) => (podOf(inputs)["hostNetwork"] = true)),
    );
    expect(found).toEqual([
      {
        policy: "rules",
        mandatory: true,
        urn: expect.stringMatching(/::auth-service-Deployment-auth-service$/) as string,
        message: expect.stringMatching(
          /Deployment auth-service: sets hostNetwork\. .*\[pods\/host-namespaces\]$/,
        ) as string,
      },
    ]);
  });

  it("refuses what other rules than those of hardening find", async () => {
    const found = await pack.preview(
      changed("auth-service-Deployment-auth-service", (inputs) => (podOf(inputs)["serviceAccountName"] = "nobody")),
    );
    expect(found.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(/ServiceAccount "nobody" does not exist\. .*\[references\/missing-object\]$/),
    );
  });

  it("refuses data that Pulumi may delete", async () => {
    const found = await pack.preview(dev().map((resource) => ({ ...resource, protect: false })));
    expect(new Set(found.map(({ message }) => /\[(.*)\]$/.exec(message)?.[1]))).toEqual(new Set(["data/protected"]));
  });

  it("lets nothing be exempt in a stack that the repository does not know", async () => {
    const resources = engineResources("dev", "another-program", built(environmentOf("dev")), canary);
    const rules = (await pack.preview(resources)).map(({ message }) => /\[(.*)\]$/.exec(message)?.[1]);
    expect(rules).toContain("images/pull-policy");
    expect(rules).toContain("images/digest");
  });

  it("judges what the program asks for, and not what the API server adds to it", async () => {
    // The server gives a Deployment one replica when it names none, as one does that an autoscaler scales.
    const defaulted = dev().map((resource) =>
      resource.type === "kubernetes:apps/v1:Deployment"
        ? { ...resource, outputs: { spec: { ...(resource.inputs["spec"] as object), replicas: 1 }, status: {} } }
        : resource,
    );
    expect(await pack.preview(defaulted)).toEqual([]);
  });

  it("says of a value that the update makes that it cannot be judged yet, and refuses nothing for want of it", async () => {
    const found = await pack.preview(
      changed(
        "auth-service-Deployment-auth-service",
        (inputs) => (podOf(inputs)["serviceAccountName"] = unknownString),
      ),
    );
    expect(found).toEqual([
      expect.objectContaining({
        policy: "unknown",
        mandatory: false,
        message: expect.stringContaining("spec.template.spec.serviceAccountName cannot be known") as string,
      }),
    ]);
  });

  it("tells no value of a Secret, whatever is wrong with it", async () => {
    const all = dev().map((resource) =>
      resource.type === "kubernetes:core/v1:Secret"
        ? { ...resource, inputs: { ...resource.inputs, metadata: { name: "elsewhere", namespace: "nowhere" } } }
        : resource,
    );
    const found = await pack.preview(all);
    expect(found.length).toBeGreaterThan(1);
    expect(JSON.stringify(found)).not.toContain(canary);
    expect(pack.output()).not.toContain(canary);
  });
});
