import type { Pods } from "../pods.ts";
import type { Covers, Rule, View, Violation } from "./rule.ts";
import { ofKind } from "./rule.ts";

type Problem = string | undefined | false;

/** A rule that looks at each pod by itself. */
function podRule(rule: Omit<Rule, "check">, problem: (pods: Pods, view: View) => Problem): Rule {
  return {
    ...rule,
    check: (view) =>
      view.pods.flatMap((pods): Violation[] => {
        const found = problem(pods, view);
        return found === undefined || found === false ? [] : [{ object: pods.workload, problem: found }];
      }),
  };
}

/** Volumes of the `restricted` Pod Security Standard, less ephemeral and inline CSI volumes, which nothing here needs. */
const volumeTypes = ["configMap", "downwardAPI", "emptyDir", "persistentVolumeClaim", "projected", "secret"];

const spreadKeys = ["kubernetes.io/hostname", "topology.kubernetes.io/zone"];

/** Along what a workload's pods are kept apart; nothing for pods that need not be. */
function apart({ workload, spec }: Pods, { scaleOf }: View): { constraints: string[]; affinity: string[] } | undefined {
  if (!["Deployment", "StatefulSet"].includes(workload.kind) || scaleOf(workload).max < 2) return undefined;
  const { podAntiAffinity } = spec.affinity ?? {};
  return {
    constraints: (spec.topologySpreadConstraints ?? []).map(({ topologyKey }) => topologyKey),
    affinity: [
      ...(podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map(({ topologyKey }) => topologyKey),
      ...(podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(
        ({ podAffinityTerm }) => podAffinityTerm.topologyKey,
      ),
    ],
  };
}

/** Checks of scanners that flag each mounted token, needed or not. */
const tokenScanners: Covers = {
  standard: "CIS 5.1.6",
  checkov: ["CKV_K8S_38"],
  polaris: ["automountServiceAccountToken"],
  kubescape: ["C-0034", "C-0190", "C-0261"],
};

/** Whether a pod's account is bound to a Role that stands beside it. */
function hasRights(spec: Pods["spec"], objects: View["objects"]): boolean {
  return objects.some(
    (object) =>
      (object.kind === "RoleBinding" || object.kind === "ClusterRoleBinding") &&
      (object.subjects ?? []).some(
        ({ kind, name }) => kind === "ServiceAccount" && name === (spec.serviceAccountName ?? "default"),
      ),
  );
}

export const podRules: readonly Rule[] = [
  podRule(
    {
      id: "pods/host-namespaces",
      covers: {
        standard: "PSS baseline: Host Namespaces",
        checkov: ["CKV_K8S_17", "CKV_K8S_18", "CKV_K8S_19"],
        kubeLinter: ["host-ipc", "host-network", "host-pid"],
        polaris: ["hostIPCSet", "hostNetworkSet", "hostPIDSet"],
        kubescape: ["C-0038", "C-0041"],
        trivy: ["KSV-0008", "KSV-0009", "KSV-0010"],
      },
      reason: "A pod in a namespace of its node sees the node's processes or traffic, past every NetworkPolicy.",
      fix: "Remove the field.",
    },
    ({ spec }) => {
      const shared = (["hostIPC", "hostNetwork", "hostPID", "shareProcessNamespace"] as const).filter(
        (field) => spec[field] === true,
      );
      return shared.length > 0 && `sets ${shared.join(", ")}.`;
    },
  ),
  podRule(
    {
      id: "pods/volumes",
      covers: {
        standard: "PSS restricted: Volume Types",
        checkov: ["CKV_K8S_27"],
        kubeLinter: ["docker-sock", "sensitive-host-mounts", "writable-host-mount"],
        polaris: ["hostPathSet"],
        kubescape: ["C-0045", "C-0048", "C-0074"],
        trivy: ["KSV-0006", "KSV-0023", "KSV-0028"],
      },
      reason: "A path of the node is a way out of the container.",
      fix: `Use one of ${volumeTypes.join(", ")}.`,
    },
    ({ spec }) => {
      const others = (spec.volumes ?? []).filter((volume) =>
        Object.keys(volume).some((type) => type !== "name" && !volumeTypes.includes(type)),
      );
      return others.length > 0 && `has volumes of other types: ${others.map(({ name }) => name).join(", ")}.`;
    },
  ),
  podRule(
    {
      id: "pods/sized-scratch",
      covers: { standard: "NSA: resource policies" },
      reason: "An emptyDir without a limit fills the node's disk, and every pod there is evicted.",
      fix: "Give the emptyDir a sizeLimit.",
    },
    ({ spec }) => {
      const unsized = (spec.volumes ?? []).filter(
        ({ emptyDir }) => emptyDir !== undefined && emptyDir.sizeLimit === undefined,
      );
      return unsized.length > 0 && `has emptyDirs without a size: ${unsized.map(({ name }) => name).join(", ")}.`;
    },
  ),
  podRule(
    {
      id: "pods/sysctls",
      covers: {
        standard: "PSS baseline: Sysctls",
        kubeLinter: ["unsafe-sysctls"],
        kubescape: ["C-0055"],
        trivy: ["KSV-0026"],
      },
      reason: "A sysctl changes the kernel for more than the pod.",
      fix: "Remove it.",
    },
    ({ spec: { securityContext } }) => {
      const set = (securityContext?.sysctls ?? []).map(({ name }) => name);
      return set.length > 0 && `sets ${set.join(", ")}.`;
    },
  ),
  podRule(
    {
      id: "pods/group",
      covers: { standard: "NSA: non-root containers", trivy: ["KSV-0021", "KSV-0116"] },
      reason: "A group below 10,000 may own files of the node or of an image.",
      fix: "Use hardenedPod(), or a runAsGroup and fsGroup of 10,000 or more.",
    },
    ({ spec: { securityContext } }) => {
      const groups = [
        ...(["runAsGroup", "fsGroup"] as const).flatMap((field) => {
          const value = securityContext?.[field];
          return field === "runAsGroup" || value !== undefined ? [`${field} ${value ?? "unset"}`] : [];
        }),
        ...(securityContext?.supplementalGroups ?? []).map((group) => `supplementalGroups ${group}`),
      ];
      const low = groups.filter((group) => !(Number(group.split(" ")[1]) >= 10_000));
      return low.length > 0 && `has ${low.join(", ")}.`;
    },
  ),
  podRule(
    {
      id: "pods/service-account",
      covers: {
        standard: "CIS 5.1.5",
        checkov: ["CKV_K8S_41"],
        kubeLinter: ["default-service-account"],
        kubescape: ["C-0189"],
      },
      unseen: (view) => {
        const named = new Set(ofKind(view, "ServiceAccount").map(({ metadata }) => metadata.namespace));
        return ofKind(view, "Namespace")
          .filter(({ metadata }) => !named.has(metadata.name))
          .map((object) => ({
            object,
            scanners: { kubescape: ["C-0189"] as const },
            because: "No pod of ours runs as the account that Kubernetes makes in it, and nothing is bound to that.",
          }));
      },
      reason: "What shares an account shares its rights: a grant to one program would reach them all.",
      fix: "Give the workload a ServiceAccount of its own.",
    },
    ({ spec: { serviceAccountName } }) =>
      (serviceAccountName === undefined || serviceAccountName === "default") &&
      `runs as ServiceAccount "${serviceAccountName ?? "default"}".`,
  ),
  {
    ...podRule(
      {
        id: "pods/token",
        covers: tokenScanners,
        reason: "A token is the first thing an intruder looks for. Who does not ask the API server needs none.",
        fix: "Set automountServiceAccountToken: false, or bind the account to the Role that the program needs.",
      },
      ({ spec }, { objects }) =>
        spec.automountServiceAccountToken !== false &&
        !hasRights(spec, objects) &&
        "mounts a token of an account that has no rights.",
    ),
    unseen: (view) => [
      ...view.pods
        .filter(({ spec }) => spec.automountServiceAccountToken !== false && hasRights(spec, view.objects))
        .map(({ workload }) => ({
          object: workload,
          scanners: tokenScanners,
          because: "Its program asks the API server, with the rights that its account is bound to.",
        })),
      ...ofKind(view, "Pooler").map((object) => ({
        object,
        scanners: { polaris: tokenScanners.polaris ?? [] },
        because: "The first process of its pods asks the API server for PgBouncer's configuration.",
      })),
    ],
  },
  podRule(
    {
      id: "pods/service-links",
      covers: {},
      reason:
        "Service links tell every program where every Service is, and have overwritten settings of the same name.",
      fix: "Set enableServiceLinks: false.",
    },
    ({ spec }) => spec.enableServiceLinks !== false && "gets a variable for every Service of the namespace.",
  ),
  podRule(
    {
      id: "pods/priority",
      covers: { polaris: ["priorityClassNotSet"] },
      reason: "Without an order the scheduler evicts a database as readily as a report.",
      fix: "Name one of the platform's PriorityClasses.",
    },
    ({ spec }) => spec.priorityClassName === undefined && "has no priority class.",
  ),
  {
    id: "pods/spread",
    covers: {
      kubeScore: ["deployment-has-host-podantiaffinity", "statefulset-has-host-podantiaffinity"],
      kubeLinter: ["no-anti-affinity"],
      polaris: ["topologySpreadConstraint"],
    },
    reason: "Replicas on one node or in one zone fail together.",
    fix: "Use spread() of kubernetes/placement.ts.",
    check: (view) =>
      view.pods.flatMap((pods): Violation[] => {
        const keys = apart(pods, view);
        if (keys === undefined) return [];
        const missing = spreadKeys.filter((key) => ![...keys.constraints, ...keys.affinity].includes(key));
        return missing.length === 0
          ? []
          : [{ object: pods.workload, problem: `has pods that are not spread over ${missing.join(" and ")}.` }];
      }),
    unseen: (view) => [
      ...view.pods
        .filter((pods) => ["DaemonSet", "Deployment", "StatefulSet"].includes(pods.workload.kind))
        .filter((pods) => apart(pods, view) === undefined && pods.spec.topologySpreadConstraints === undefined)
        .map(({ workload }) => ({
          object: workload,
          scanners: { polaris: ["topologySpreadConstraint"] },
          because:
            workload.kind === "DaemonSet" ? "It has one pod on each node." : "It has one pod, and nothing to spread.",
        })),
      ...view.pods
        .filter((pods) => {
          const keys = apart(pods, view);
          return keys?.constraints.includes("kubernetes.io/hostname") === true && keys.affinity.length === 0;
        })
        .map(({ workload }) => ({
          object: workload,
          scanners: {
            kubeScore: [`${workload.kind.toLowerCase()}-has-host-podantiaffinity`],
            kubeLinter: ["no-anti-affinity"],
          },
          because: "topologySpreadConstraints keep its pods apart.",
        })),
    ],
  },
];
