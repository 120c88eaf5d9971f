import { createHash } from "node:crypto";

/** Label by which kubectl knows the members of a set. */
export const applySetLabel = "applyset.kubernetes.io/part-of";

/**
 * A set of objects that belong together (KEP-3659). One of a single namespace is kept in a Secret there; one that spans
 * namespaces needs a cluster-scoped parent, for which the embedded cluster has a kind of its own.
 */
export interface ApplySet {
  readonly name: string;
  /** Absent for a set that spans namespaces. */
  readonly namespace?: string;
}

const group = "local.suoke.life";

/** The value of the label, by the formula that kubectl checks. */
export function applySetId({ name, namespace }: ApplySet): string {
  const parent = namespace === undefined ? `${name}..ApplySet.${group}` : `${name}.${namespace}.Secret.`;
  return `applyset-${createHash("sha256").update(parent).digest("base64url")}-v1`;
}

/** The options that make kubectl apply a set as a whole, and prune it. */
export function applySetOptions({ name, namespace }: ApplySet): string[] {
  return namespace === undefined
    ? ["--prune", `--applyset=applysets.${group}/${name}`]
    : ["--prune", `--applyset=${name}`, `--namespace=${namespace}`];
}

/** What must be there before a set that spans namespaces can be applied: kubectl creates Secrets itself, but no others. */
export function applySetParent(set: ApplySet): object {
  return {
    apiVersion: `${group}/v1`,
    kind: "ApplySet",
    metadata: {
      name: set.name,
      labels: { "applyset.kubernetes.io/id": applySetId(set) },
      // kubectl refuses a parent that another tool made.
      annotations: {
        "applyset.kubernetes.io/tooling": "kubectl/v1.36",
        "applyset.kubernetes.io/contains-group-kinds": "",
      },
    },
  };
}

/** The kind of such parents. */
export const applySetDefinition = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `applysets.${group}`, labels: { "applyset.kubernetes.io/is-parent-type": "true" } },
  spec: {
    group,
    scope: "Cluster",
    names: { kind: "ApplySet", listKind: "ApplySetList", plural: "applysets", singular: "applyset" },
    versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
  },
};
