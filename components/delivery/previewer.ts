import { admissionPolicy } from "../../kubernetes/admission.ts";
import { labels } from "../../kubernetes/labels.ts";
import type { KubernetesObject, Metadata, ObjectOf } from "../../kubernetes/manifest.ts";

export type Rule = NonNullable<ObjectOf<"Role">["rules"]>[number];

const ownLabels = labels({ app: "delivery", component: "platform", team: "platform" });
const prefix = "previewer-";

/** Name of an environment's previewer in the namespace of identities. */
export function previewerName(environment: string): string {
  return `${prefix}${environment}`;
}

/**
 * What a preview may do of what a deployment may: read, and send what it would apply, but never see a Secret. RBAC cannot tell
 * a dry run from a write, so that {@link dryRunsOnly} must stand beside it.
 */
export function previewRules(rules: readonly Rule[]): Rule[] {
  return rules.flatMap((rule): Rule[] => {
    if (!rule.verbs.includes("create")) return [rule];
    const resources = rule.resources ?? [];
    const readable = resources.filter((resource) => resource !== "secrets");
    return [
      ...(readable.length === 0
        ? []
        : [{ ...rule, resources: readable, verbs: ["get", "list", "watch", "create", "patch"] }]),
      // The answer to a patch is the whole object: it would show what is in a Secret.
      ...(resources.length === readable.length ? [] : [{ ...rule, resources: ["secrets"], verbs: ["create"] }]),
    ];
  });
}

/** Everything of an environment's previewer. @param rules those of its deployer */
export function previewer(
  identities: string,
  { name, namespace }: { readonly name: string; readonly namespace: string },
  rules: readonly Rule[],
): KubernetesObject[] {
  const account = previewerName(name);
  const metadata: Metadata = { name: account, namespace, labels: ownLabels };
  return [
    {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: account, namespace: identities, labels: ownLabels },
      automountServiceAccountToken: false,
    },
    { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", metadata, rules: previewRules(rules) },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: account },
      subjects: [{ kind: "ServiceAccount", name: account, namespace: identities }],
    },
  ];
}

/** Admits from previewers only what changes nothing. */
export function dryRunsOnly(identities: string): KubernetesObject[] {
  return admissionPolicy({
    metadata: { name: "suoke-previewers-dry-run", labels: ownLabels },
    resources: {
      apiGroups: ["*"],
      apiVersions: ["*"],
      operations: ["CREATE", "UPDATE", "DELETE", "CONNECT"],
      resources: ["*"],
    },
    from: {
      name: "previewers",
      expression: `request.userInfo.username.startsWith("system:serviceaccount:${identities}:${prefix}")`,
    },
    validations: [
      { expression: "has(request.dryRun) && request.dryRun", message: "A previewer may send dry runs only." },
    ],
  });
}
