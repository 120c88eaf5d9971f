import * as k8s from "@pulumi/kubernetes";
import { describe, expect, it } from "vitest";
import { loadCluster } from "../../cli/generated.ts";
import { resourceType } from "../../kubernetes/resource-type.ts";
import { objectsOf } from "../../kubernetes/manifest.ts";
import { root } from "../../local/paths.ts";
import { built, committed } from "../support/environments.ts";

/** The SDK's modules by API group, to compare with. */
const groups: Readonly<Record<string, object>> = {
  "": k8s.core,
  apps: k8s.apps,
  autoscaling: k8s.autoscaling,
  batch: k8s.batch,
  "networking.k8s.io": k8s.networking,
  policy: k8s.policy,
  "rbac.authorization.k8s.io": k8s.rbac,
  "scheduling.k8s.io": k8s.scheduling,
};
type Classes = Readonly<Record<string, Readonly<Record<string, { readonly __pulumiType: string }>>>>;

const kinds = new Map(
  [...committed.map(({ environment }) => built(environment)), loadCluster("local", root)]
    .flatMap(objectsOf)
    .filter(({ apiVersion }) => groupOf(apiVersion) in groups)
    .map(({ apiVersion, kind }) => [`${apiVersion} ${kind}`, { apiVersion, kind }]),
);

describe("the type under which an object is registered", () => {
  it.each([...kinds.values()])("is the SDK's: $apiVersion $kind", ({ apiVersion, kind }) => {
    const known = groups[groupOf(apiVersion)] as Classes | undefined;
    const version = apiVersion.split("/").at(-1) ?? "";
    expect(resourceType(apiVersion, kind)).toBe(known?.[version]?.[kind]?.__pulumiType);
  });

  it("is that of a custom resource for any other group", () => {
    expect(resourceType("postgresql.cnpg.io/v1", "Cluster")).toBe("kubernetes:postgresql.cnpg.io/v1:Cluster");
  });
});

function groupOf(apiVersion: string): string {
  return apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "";
}
