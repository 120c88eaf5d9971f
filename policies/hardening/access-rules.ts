import type { KubernetesObject, ObjectOf } from "../../kubernetes/manifest.ts";
import { grants, secretRights, writers } from "./rights.ts";
import type { Covers, Rule, View, Violation } from "./rule.ts";

type Role = ObjectOf<"ClusterRole"> | ObjectOf<"Role">;
type PolicyRule = NonNullable<Role["rules"]>[number];

const isRole = (object: KubernetesObject): object is Role => object.kind === "Role" || object.kind === "ClusterRole";

function roleRule(
  id: string,
  covers: Covers,
  reason: string,
  fix: string,
  problem: (rule: PolicyRule) => string | undefined,
): Rule {
  return {
    id,
    covers,
    reason,
    fix,
    check: ({ objects }: View) =>
      objects.filter(isRole).flatMap((object) =>
        (object.rules ?? []).flatMap((rule): Violation[] => {
          const found = problem(rule);
          return found === undefined ? [] : [{ object, problem: found }];
        }),
      ),
  };
}

const reads = ["get", "list", "watch", "*"];
const writes = ["create", "update", "patch", "*"];
const has = (list: readonly string[] | undefined, some: readonly string[]): string[] =>
  (list ?? []).filter((each) => some.includes(each));

/** Grants of whole Secrets: a grant of named ones is what least privilege looks like. */
function readsSecrets({ resources, resourceNames, verbs }: PolicyRule): string | undefined {
  const verbsFound = has(verbs, reads);
  return has(resources, ["secrets", "*"]).length > 0 && (resourceNames ?? []).length === 0 && verbsFound.length > 0
    ? `may ${verbsFound.join(", ")} every Secret.`
    : undefined;
}

const wideSubjects = ["system:authenticated", "system:unauthenticated", "system:anonymous", "system:serviceaccounts"];
const wideRoles = ["cluster-admin", "admin", "edit", "system:masters"];

export const accessRules: readonly Rule[] = [
  {
    unseen: writers,
    ...roleRule(
      "access/wildcards",
      {
        standard: "CIS 5.1.3",
        checkov: ["CKV_K8S_49"],
        kubeLinter: ["wildcard-in-rules"],
        kubescape: ["C-0187"],
        trivy: ["KSV-0044", "KSV-0045", "KSV-0046"],
      },
      "A wildcard grants what the next version of Kubernetes or of an operator brings.",
      "List the groups, resources and verbs.",
      ({ apiGroups, resources, verbs, nonResourceURLs }) => {
        const wild = Object.entries({ apiGroups, resources, verbs, nonResourceURLs })
          .filter(([, list]) => list?.some((each) => each.includes("*")))
          .map(([field]) => field);
        return wild.length > 0 ? `has a wildcard in ${wild.join(", ")}.` : undefined;
      },
    ),
  },
  {
    unseen: secretRights,
    ...roleRule(
      "access/secrets",
      {
        standard: "CIS 5.1.2",
        kubeLinter: ["access-to-secrets"],
        kubescape: ["C-0015", "C-0186"],
        trivy: ["KSV-0113"],
      },
      "Who reads all Secrets is everybody whose password stands in one.",
      "Name the Secrets (resourceNames), or mount them.",
      readsSecrets,
    ),
  },
  roleRule(
    "access/exec",
    { standard: "NSA: authorization", kubescape: ["C-0002", "C-0063"], trivy: ["KSV-0053", "KSV-0054"] },
    "A shell in a pod is everything that the pod may do.",
    "Remove pods/exec, pods/attach, pods/portforward, pods/ephemeralcontainers and the proxy resources.",
    ({ resources }) => {
      const found = (resources ?? []).filter((each) =>
        /^(pods\/(exec|attach|portforward|ephemeralcontainers|proxy)|services\/proxy|nodes\/proxy|\*\/\*)$/.test(each),
      );
      return found.length > 0 ? `grants ${found.join(", ")}.` : undefined;
    },
  ),
  roleRule(
    "access/escalation",
    {
      standard: "CIS 5.1.8",
      checkov: ["CKV_K8S_157", "CKV_K8S_158"],
      kubescape: ["C-0191"],
      trivy: ["KSV-0043", "KSV-0050", "KSV-0051"],
    },
    "These verbs give rights that their holder does not have.",
    "Remove escalate, bind and impersonate.",
    ({ verbs }) => {
      const found = has(verbs, ["bind", "escalate", "impersonate"]);
      return found.length > 0 ? `grants ${found.join(", ")}.` : undefined;
    },
  ),
  roleRule(
    "access/traffic",
    {},
    "Who writes the status or the endpoints of Services draws the traffic of other pods to himself (CVE-2020-8554, CVE-2021-25740).",
    "Leave them to the controllers of Kubernetes.",
    ({ resources, verbs }) => {
      const found = has(resources, ["endpoints", "endpointslices", "services/status"]);
      return found.length > 0 && has(verbs, writes).length > 0 ? `may write ${found.join(", ")}.` : undefined;
    },
  ),
  roleRule(
    "access/admission",
    {
      standard: "CIS 5.1.12",
      checkov: ["CKV_K8S_155", "CKV_K8S_156"],
      kubescape: ["C-0280", "C-0281", "C-0282"],
      trivy: ["KSV-0114"],
    },
    "Who writes webhooks reads and changes every object; who approves certificates makes himself anybody.",
    "Leave these resources to the operator of the cluster.",
    ({ resources, verbs }) => {
      const found = has(resources, [
        "certificatesigningrequests/approval",
        "mutatingwebhookconfigurations",
        "serviceaccounts/token",
        "validatingadmissionpolicies",
        "validatingadmissionpolicybindings",
        "validatingwebhookconfigurations",
      ]);
      return found.length > 0 && has(verbs, [...writes, "delete", "approve"]).length > 0
        ? `may write ${found.join(", ")}.`
        : undefined;
    },
  ),
  {
    id: "access/subjects",
    covers: {
      standard: "CIS 5.1.1, 5.1.5",
      checkov: ["CKV_K8S_42"],
      kubescape: ["C-0185", "C-0262", "C-0265"],
      trivy: ["KSV-0111"],
    },
    unseen: grants,
    reason: "Rights of a group of everybody, or of an account that pods get by default, belong to any intruder.",
    fix: "Bind a Role of the platform to the one account that needs it.",
    check: ({ objects }) =>
      objects.flatMap((object): Violation[] => {
        if (object.kind !== "RoleBinding" && object.kind !== "ClusterRoleBinding") return [];
        const wide = (object.subjects ?? [])
          .filter(({ kind, name }) =>
            kind === "ServiceAccount" ? name === "default" : wideSubjects.some((subject) => name.startsWith(subject)),
          )
          .map(({ kind, name }) => `${kind} ${name}`);
        const role = wideRoles.includes(object.roleRef.name) ? [`role ${object.roleRef.name}`] : [];
        const found = [...wide, ...role];
        return found.length > 0 ? [{ object, problem: `binds ${found.join(", ")}.` }] : [];
      }),
  },
];
