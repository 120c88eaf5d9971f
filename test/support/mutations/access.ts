/* eslint-disable @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-return,
    --
   These changes make objects that the types forbid. */
import type { Mutation } from "./mutation.ts";
import { object } from "./mutation.ts";

const roleKinds = ["ClusterRole", "Role"] as const;
const bindingKinds = ["ClusterRoleBinding", "RoleBinding"] as const;
const grant = (name: string, rule: object): Mutation[] =>
  roleKinds.map((kind) =>
    object(
      kind,
      `${kind}: ${name}`,
      (role) => role.rules.push(rule),
      ({ rules: some }) => Array.isArray(some),
    ),
  );

/** Rights that are given. */
export const accessMutations: readonly Mutation[] = [
  object("ServiceAccount", "account: gives its token", (each) => delete each.automountServiceAccountToken),
  ...grant("every verb", { apiGroups: [""], resources: ["pods"], verbs: ["*"] }),
  ...grant("every resource", { apiGroups: [""], resources: ["*"], verbs: ["get"] }),
  ...grant("every group", { apiGroups: ["*"], resources: ["pods"], verbs: ["get"] }),
  ...grant("reads secrets", { apiGroups: [""], resources: ["secrets"], verbs: ["get"] }),
  ...grant("exec", { apiGroups: [""], resources: ["pods/exec"], verbs: ["create"] }),
  ...grant("port-forward", { apiGroups: [""], resources: ["pods/portforward"], verbs: ["create"] }),
  ...grant("node proxy", { apiGroups: [""], resources: ["nodes/proxy"], verbs: ["get"] }),
  ...grant("status of services", { apiGroups: [""], resources: ["services/status"], verbs: ["patch"] }),
  ...grant("endpoints", { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["update"] }),
  ...grant("escalate", { apiGroups: ["rbac.authorization.k8s.io"], resources: ["roles"], verbs: ["escalate"] }),
  ...grant("bind", { apiGroups: ["rbac.authorization.k8s.io"], resources: ["roles"], verbs: ["bind"] }),
  ...grant("impersonate", { apiGroups: [""], resources: ["users"], verbs: ["impersonate"] }),
  ...grant("webhooks", {
    apiGroups: ["admissionregistration.k8s.io"],
    resources: ["mutatingwebhookconfigurations"],
    verbs: ["patch"],
  }),
  ...grant("makes tokens", { apiGroups: [""], resources: ["serviceaccounts/token"], verbs: ["create"] }),
  ...bindingKinds.flatMap((kind) => [
    object(kind, `${kind}: to everybody`, (each) =>
      each.subjects.push({ kind: "Group", name: "system:authenticated" }),
    ),
    object(kind, `${kind}: to the anonymous`, (each) => each.subjects.push({ kind: "User", name: "system:anonymous" })),
    object(kind, `${kind}: to the default account`, (each) =>
      each.subjects.push({ kind: "ServiceAccount", name: "default", namespace: "default" }),
    ),
    object(
      kind,
      `${kind}: of cluster-admin`,
      (each) => (each.roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" }),
    ),
  ]),
];
