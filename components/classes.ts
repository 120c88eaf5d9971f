import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

/** A typed class of the SDK, as registering needs it. */
export type ResourceClass = new (
  name: string,
  args: object,
  options: pulumi.CustomResourceOptions,
) => pulumi.CustomResource;

/**
 * API group → the SDK's module. A table and no guess: `policy.networking.k8s.io` must not be taken for `policy`, and a
 * group that is missing here is a custom resource.
 */
const groups: Readonly<Record<string, object>> = {
  "": k8s.core,
  "apiextensions.k8s.io": k8s.apiextensions,
  apps: k8s.apps,
  autoscaling: k8s.autoscaling,
  batch: k8s.batch,
  "networking.k8s.io": k8s.networking,
  policy: k8s.policy,
  "rbac.authorization.k8s.io": k8s.rbac,
  "scheduling.k8s.io": k8s.scheduling,
  "storage.k8s.io": k8s.storage,
};

/**
 * The SDK's class for an object's type.
 * @throws when the group is the SDK's and the kind is not: a misspelt kind would otherwise become a custom resource
 */
export function resourceClass(apiVersion: string, kind: string): ResourceClass {
  const [group, version] = apiVersion.includes("/") ? split(apiVersion) : ["", apiVersion];
  const versions = groups[group] as Readonly<Record<string, Readonly<Record<string, ResourceClass>>>> | undefined;
  if (versions === undefined) return k8s.apiextensions.CustomResource as unknown as ResourceClass;
  const found = versions[version]?.[kind];
  if (found === undefined) throw new Error(`@pulumi/kubernetes has no class for ${apiVersion} ${kind}.`);
  return found;
}

function split(apiVersion: string): [string, string] {
  const slash = apiVersion.indexOf("/");
  return [apiVersion.slice(0, slash), apiVersion.slice(slash + 1)];
}
