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
      secret ? { ...object, stringData: pulumi.secret((object as { stringData: pulumi.Inputs }).stringData) } : object,
      secret ? { ...options, additionalSecretOutputs: ["data", "stringData"] } : options,
    );
  }
}
