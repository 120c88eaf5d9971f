import * as pulumi from "@pulumi/pulumi";
import { resourceType } from "../kubernetes/resource-type.ts";

/**
 * A Kubernetes object of any kind as a Pulumi resource.
 *
 * The SDK has a class per kind, which would register the same with more work: each adds aliases for API versions that this
 * platform has never used, and takes its time to load. Registering 300 services takes 2.4 s this way and 2.8 s that way
 * (docs/adr/0008). What a class does beyond that is done here: the content of a Secret is marked as secret.
 */
export class KubernetesResource extends pulumi.CustomResource {
  constructor(apiVersion: string, kind: string, name: string, object: object, options: pulumi.CustomResourceOptions) {
    const secret = apiVersion === "v1" && kind === "Secret";
    super(
      resourceType(apiVersion, kind),
      name,
      secret ? withSecretValues(object as { readonly stringData: pulumi.Inputs }) : object,
      secret ? { ...options, additionalSecretOutputs: ["data", "stringData"] } : options,
    );
  }
}

/** A Secret that somebody else fills has no values: the provider drops an empty field, and each preview would add it again. */
function withSecretValues({ stringData, ...object }: { readonly stringData: pulumi.Inputs }): object {
  return Object.keys(stringData).length === 0 ? object : { ...object, stringData: pulumi.secret(stringData) };
}
