import { parseQuantity } from "../../kubernetes/quantity.ts";
import type { Pods } from "../pods.ts";
import type { Rule, View, Violation } from "./rule.ts";
import { harmlessWords } from "./words.ts";

type Container = Pods["spec"]["containers"][number];
type Problem = string | undefined | false;

/** A rule that looks at each container by itself, those that run before the others included. */
export function containerRule(
  rule: Omit<Rule, "check">,
  problem: (container: Container, pods: Pods, view: View) => Problem,
): Rule {
  return {
    ...rule,
    check: (view) =>
      view.pods.flatMap((pods) =>
        [...(pods.spec.initContainers ?? []), ...pods.spec.containers].flatMap((container): Violation[] => {
          const found = problem(container, pods, view);
          return found === undefined || found === false
            ? []
            : [{ object: pods.workload, at: container.name, problem: found }];
        }),
      ),
  };
}

/** What an image's environment must not carry in plain text. */
const secretName = /(PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|CREDENTIAL)S?$/i;

const resourceKinds = ["cpu", "memory", "ephemeral-storage"] as const;

export const containerRules: readonly Rule[] = [
  containerRule(
    {
      id: "containers/non-root",
      covers: {
        standard: "PSS restricted: Running as Non-root",
        checkov: ["CKV_K8S_6", "CKV_K8S_23", "CKV_K8S_29", "CKV_K8S_30", "CKV_K8S_40"],
        kubeScore: ["container-security-context-user-group-id"],
        kubeLinter: ["run-as-non-root"],
        polaris: ["runAsRootAllowed"],
        kubescape: ["C-0013"],
        trivy: ["KSV-0012", "KSV-0020", "KSV-0105"],
      },
      reason: "Root in a container is root on the node once something in the kernel or runtime gives way.",
      fix: "Use hardenedPod(): runAsNonRoot, and a user of 10,000 or more that no account of the node has.",
    },
    ({ securityContext }, { spec }) => {
      const nonRoot = securityContext?.runAsNonRoot ?? spec.securityContext?.runAsNonRoot;
      const user = securityContext?.runAsUser ?? spec.securityContext?.runAsUser;
      if (nonRoot !== true || spec.securityContext?.runAsNonRoot === false) return "may run as root.";
      return !(user !== undefined && user >= 10_000) && `runs as user ${user ?? "of its image"}.`;
    },
  ),
  containerRule(
    {
      id: "containers/privileged",
      covers: {
        standard: "PSS baseline: Privileged Containers",
        checkov: ["CKV_K8S_16"],
        kubeScore: ["container-security-context-privileged"],
        kubeLinter: ["privileged-container"],
        polaris: ["runAsPrivileged"],
        kubescape: ["C-0057"],
        trivy: ["KSV-0017"],
      },
      reason: "A privileged container is the node.",
      fix: "Use hardenedContainer().",
    },
    ({ securityContext }) => securityContext?.privileged === true && "is privileged.",
  ),
  containerRule(
    {
      id: "containers/escalation",
      covers: {
        standard: "PSS restricted: Privilege Escalation",
        checkov: ["CKV_K8S_20"],
        kubeLinter: ["privilege-escalation-container"],
        polaris: ["privilegeEscalationAllowed"],
        kubescape: ["C-0016"],
        trivy: ["KSV-0001"],
      },
      reason: "A setuid program would give back the rights that were taken away.",
      fix: "Use hardenedContainer().",
    },
    ({ securityContext }) =>
      securityContext?.allowPrivilegeEscalation !== false && "does not forbid the escalation of privileges.",
  ),
  containerRule(
    {
      id: "containers/capabilities",
      covers: {
        standard: "PSS restricted: Capabilities",
        checkov: ["CKV_K8S_24", "CKV_K8S_25", "CKV_K8S_28", "CKV_K8S_36", "CKV_K8S_37", "CKV_K8S_39"],
        kubeLinter: ["drop-net-raw-capability"],
        polaris: ["dangerousCapabilities", "insecureCapabilities"],
        kubescape: ["C-0046", "C-0055"],
        trivy: ["KSV-0003", "KSV-0004", "KSV-0005", "KSV-0022", "KSV-0106"],
      },
      reason: "Each capability is a part of root; NET_RAW alone forges other pods' traffic.",
      fix: "Use hardenedContainer(): drop ALL, add none.",
    },
    ({ securityContext }) => {
      const { drop, add } = securityContext?.capabilities ?? {};
      if (!(drop ?? []).includes("ALL")) return "does not drop all capabilities.";
      return (add ?? []).length > 0 && `adds ${(add ?? []).join(", ")}.`;
    },
  ),
  containerRule(
    {
      id: "containers/read-only-root",
      covers: {
        standard: "CIS 5.7.3; NSA: immutable file systems",
        checkov: ["CKV_K8S_22"],
        kubeScore: ["container-security-context-readonlyrootfilesystem"],
        kubeLinter: ["no-read-only-root-fs"],
        polaris: ["notReadOnlyRootFilesystem"],
        kubescape: ["C-0017"],
        trivy: ["KSV-0014"],
      },
      reason: "An intruder who can write to the image's files brings his tools.",
      fix: "Use hardenedContainer(), and an emptyDir of a size where the program writes.",
    },
    ({ securityContext }) => securityContext?.readOnlyRootFilesystem !== true && "can write to its root file system.",
  ),
  containerRule(
    {
      id: "containers/seccomp",
      covers: {
        standard: "PSS restricted: Seccomp",
        checkov: ["CKV_K8S_31", "CKV_K8S_32"],
        kubeScore: ["container-seccomp-profile"],
        polaris: ["linuxHardening"],
        kubescape: ["C-0055"],
        trivy: ["KSV-0030", "KSV-0104"],
      },
      reason: "Without a profile all system calls are open, those of the last kernel escape too.",
      fix: "Use hardenedPod(): seccompProfile RuntimeDefault.",
    },
    ({ securityContext }, { spec }) => {
      const type = securityContext?.seccompProfile?.type ?? spec.securityContext?.seccompProfile?.type;
      const weak = [type, spec.securityContext?.seccompProfile?.type].includes("Unconfined");
      return (weak || type !== "RuntimeDefault") && `has the seccomp profile ${type ?? "of the node, which is none"}.`;
    },
  ),
  containerRule(
    {
      id: "containers/proc-mount",
      covers: { standard: "PSS baseline: /proc Mount Type", polaris: ["procMount"], trivy: ["KSV-0027"] },
      reason: "An unmasked /proc shows and changes the kernel's settings.",
      fix: "Remove procMount.",
    },
    ({ securityContext }) =>
      ![undefined, "Default"].includes(securityContext?.procMount) && `has procMount ${securityContext?.procMount}.`,
  ),
  containerRule(
    {
      id: "containers/ports",
      covers: {
        standard: "PSS baseline: Host Ports",
        checkov: ["CKV_K8S_26"],
        kubeLinter: ["privileged-ports", "ssh-port"],
        polaris: ["hostPortSet"],
        kubescape: ["C-0044"],
        trivy: ["KSV-0024", "KSV-0117"],
      },
      reason: "A port of the node is open to whoever reaches the node; one below 1,024 needs root.",
      fix: "Listen on 1,024 or above and let a Service map it.",
    },
    ({ ports = [] }) => {
      const open = ports.filter(({ hostPort, containerPort }) => hostPort !== undefined || containerPort < 1024);
      return (
        open.length > 0 &&
        `opens ${open.map(({ hostPort, containerPort }) => (hostPort === undefined ? `port ${containerPort}` : `hostPort ${hostPort}`)).join(", ")}.`
      );
    },
  ),
  containerRule(
    {
      id: "containers/resources",
      covers: {
        standard: "CIS 5.7; NSA: resource policies",
        checkov: ["CKV_K8S_10", "CKV_K8S_11", "CKV_K8S_12", "CKV_K8S_13"],
        kubeScore: ["container-resources", "container-ephemeral-storage-request-and-limit"],
        kubeLinter: ["unset-cpu-requirements", "unset-memory-requirements"],
        polaris: ["cpuLimitsMissing", "cpuRequestsMissing", "memoryLimitsMissing", "memoryRequestsMissing"],
        kubescape: ["C-0004", "C-0050", "C-0268", "C-0269", "C-0270", "C-0271"],
        trivy: ["KSV-0011", "KSV-0015", "KSV-0016", "KSV-0018"],
      },
      reason: "One program without bounds starves the others on its node.",
      fix: "Give requests and limits of cpu, memory and ephemeral-storage, the limit at least the request.",
    },
    ({ resources }) => {
      const missing = resourceKinds.flatMap((kind) => [
        ...(resources?.requests?.[kind] === undefined ? [`request of ${kind}`] : []),
        ...(resources?.limits?.[kind] === undefined ? [`limit of ${kind}`] : []),
      ]);
      if (missing.length > 0) return `has no ${missing.join(", no ")}.`;
      const low = resourceKinds.filter(
        (kind) => parseQuantity(String(resources?.limits?.[kind])) < parseQuantity(String(resources?.requests?.[kind])),
      );
      return low.length > 0 && `has a limit below the request of ${low.join(", ")}.`;
    },
  ),
  containerRule(
    {
      id: "containers/plain-secret",
      covers: {
        standard: "CIS 5.4.1",
        kubeLinter: ["env-var-secret"],
        polaris: ["sensitiveContainerEnvVar"],
        kubescape: ["C-0012", "C-0259"],
      },
      unseen: harmlessWords,
      reason: "A value in a pod's specification is read by everyone who may look at pods, and stands in every report.",
      fix: "Keep it in a Secret and refer to it.",
    },
    ({ env = [] }) => {
      const plain = env.filter(({ name, value }) => value !== undefined && value !== "" && secretName.test(name));
      return plain.length > 0 && `has plain values for ${plain.map(({ name }) => name).join(", ")}.`;
    },
  ),
  containerRule(
    {
      id: "containers/secret-variables",
      covers: {
        standard: "CIS 5.4.1",
        checkov: ["CKV_K8S_35"],
        kubeLinter: ["read-secret-from-env-var"],
        kubescape: ["C-0207"],
      },
      reason:
        "Variables are inherited by every child process, and stand in crash reports; a file is read by who opens it.",
      fix: "Mount the Secret as a file where the program can read one.",
    },
    ({ env = [], envFrom = [] }) => {
      const named = env.filter(({ valueFrom }) => valueFrom?.secretKeyRef !== undefined).map(({ name }) => name);
      const whole = envFrom.flatMap(({ secretRef }) => (secretRef === undefined ? [] : [`all of ${secretRef.name}`]));
      const all = [...named, ...whole];
      return all.length > 0 && `reads secrets from variables: ${all.join(", ")}.`;
    },
  ),
];
