import type { KubernetesObject, Metadata, ObjectOf } from "./manifest.ts";

type Spec = NonNullable<ObjectOf<"ValidatingAdmissionPolicy">["spec"]>;

/** What the API server asks of some requests, in CEL. */
export interface Admission {
  readonly metadata: Metadata;
  /** The requests that it is asked of. */
  readonly resources: NonNullable<NonNullable<Spec["matchConstraints"]>["resourceRules"]>[number];
  readonly from: NonNullable<Spec["matchConditions"]>[number];
  readonly validations: NonNullable<Spec["validations"]>;
}

/**
 * A policy that refuses what is not valid, also when it cannot be judged, and the binding without which it does nothing.
 * https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
 */
export function admissionPolicy({ metadata, resources, from, validations }: Admission): KubernetesObject[] {
  const apiVersion = "admissionregistration.k8s.io/v1";
  return [
    {
      apiVersion,
      kind: "ValidatingAdmissionPolicy",
      metadata,
      spec: {
        failurePolicy: "Fail",
        matchConstraints: { resourceRules: [resources] },
        matchConditions: [from],
        validations,
      },
    },
    {
      apiVersion,
      kind: "ValidatingAdmissionPolicyBinding",
      metadata,
      spec: { policyName: metadata.name, validationActions: ["Deny"] },
    },
  ];
}
