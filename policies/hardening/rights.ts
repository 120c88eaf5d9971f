import type { KubernetesObject, ObjectOf } from "../../kubernetes/manifest.ts";
import type { Covers, Unseen, View } from "./rule.ts";
import { ofKind } from "./rule.ts";

type Binding = ObjectOf<"ClusterRoleBinding"> | ObjectOf<"RoleBinding">;
type Role = ObjectOf<"Role">;

const writing = ["create", "update", "patch", "delete"];

type PolicyRule = NonNullable<Role["rules"]>[number];

const named = ({ resourceNames }: PolicyRule): boolean => (resourceNames ?? []).length > 0;

/** Whether some rule of a Role lets do one of these to one of those. */
function lets(
  rules: readonly PolicyRule[] | undefined,
  verbs: readonly string[],
  resources: readonly string[],
): boolean {
  return (rules ?? []).some(
    (rule) =>
      rule.verbs.some((verb) => verbs.includes(verb)) &&
      (rule.resources ?? []).some((resource) => resources.includes(resource)),
  );
}

/** Rules that name no single objects. */
const anyName = ({ rules }: Role): PolicyRule[] => (rules ?? []).filter((rule) => !named(rule));

const reading = ["get", "list", "watch", "*"];

const workloads = ["cronjobs", "daemonsets", "deployments", "jobs", "pods", "replicasets", "statefulsets"];

/** Rights that scanners report whoever has them. The table of rights, not a rule, says who is to. */
const reported: readonly { readonly scanners: Omit<Covers, "standard">; readonly holds: (role: Role) => boolean }[] = [
  { scanners: { trivy: ["KSV-0048"] }, holds: (role) => lets(role.rules, writing, workloads) },
  { scanners: { trivy: ["KSV-0049"] }, holds: (role) => lets(role.rules, writing, ["configmaps"]) },
  {
    scanners: { trivy: ["KSV-0056"] },
    holds: (role) => lets(role.rules, writing, ["endpointslices", "ingresses", "networkpolicies", "services"]),
  },
  { scanners: { kubescape: ["C-0007"] }, holds: (role) => lets(role.rules, ["delete"], [...workloads, "configmaps"]) },
  { scanners: { kubescape: ["C-0037"] }, holds: (role) => lets(anyName(role), ["update", "patch"], ["configmaps"]) },
];

/** Whose Roles are there to write, and why: what each may is listed, in one namespace. Anybody else's stays a finding. */
const known: readonly { readonly name: RegExp; readonly because: string }[] = [
  { name: /^deployer-/, because: "It applies the stack of its environment, in the namespace of that alone." },
  {
    name: /^previewer-/,
    because: "It asks for what a deployer would do, as dry runs: an admission policy refuses the rest.",
  },
  { name: /^consul-certificates$/, because: "It renews certificates, in the Secrets and the ConfigMap that it names." },
];

/** Roles that list what they may write, without wildcards and in one namespace. */
export function writers(view: View): Unseen[] {
  return ofKind(view, "Role").flatMap((object) =>
    known
      .filter(({ name }) => name.test(object.metadata.name))
      .flatMap(({ because }) =>
        reported.filter(({ holds }) => holds(object)).map(({ scanners }) => ({ object, scanners, because })),
      ),
  );
}

const isRoleOf =
  ({ metadata, roleRef }: Binding) =>
  (role: KubernetesObject): role is Role =>
    role.kind === "Role" &&
    roleRef.kind === "Role" &&
    role.metadata.name === roleRef.name &&
    role.metadata.namespace === metadata.namespace;

/** Roles over Secrets that they name or cannot read, and the bindings of Roles over Secrets. */
export function secretRights(view: View): Unseen[] {
  const overSecrets = ofKind(view, "Role").filter((role) =>
    (role.rules ?? []).some(({ resources }) => resources?.includes("secrets")),
  );
  const bindings = ofKind(view, "RoleBinding").filter((binding) => overSecrets.some(isRoleOf(binding)));
  return [
    ...overSecrets
      .filter((role) => !lets(anyName(role), reading, ["secrets"]))
      .flatMap((object) => [
        {
          object,
          scanners: { trivy: ["KSV-0113"] as const },
          because: "It reads no Secret but those that it names.",
        },
        ...(lets(object.rules, reading, ["secrets"])
          ? [
              {
                object,
                scanners: { kubescape: ["C-0015", "C-0186"] as const },
                because: "It reads the Secrets that it names, and no others.",
              },
            ]
          : []),
      ]),
    ...bindings.map((object) => ({
      object,
      scanners: { kubeLinter: ["access-to-secrets"] },
      because: "What it gives is judged at its Role, which names the Secrets or is exempt.",
    })),
  ];
}

/** Bindings to accounts of programs: that an account has any rights at all is a finding of kubescape. */
export function grants(view: View): Unseen[] {
  return [...ofKind(view, "RoleBinding"), ...ofKind(view, "ClusterRoleBinding")]
    .filter(({ subjects }) => (subjects ?? []).some(({ kind }) => kind === "ServiceAccount"))
    .map((object) => ({
      object,
      scanners: { kubescape: ["C-0053"] as const },
      because: "Its account is of one program or identity, whose rights a test holds to a table written by hand.",
    }));
}
