/* eslint-disable @typescript-eslint/no-explicit-any, @typescript-eslint/no-unsafe-member-access,
   @typescript-eslint/no-unsafe-assignment, @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-return,
   @typescript-eslint/no-dynamic-delete --
   These changes make objects that the types forbid. */
import type { KubernetesObject, ObjectOf } from "../../kubernetes/manifest.ts";
import type { PodSpec } from "../../policies/pods.ts";
import { podsOf } from "../../policies/pods.ts";

type Container = PodSpec["containers"][number];

/** A change that makes the platform weaker. */
export interface Mutation {
  readonly name: string;
  /**
   * The places of an object where it can be made. Each is made on a copy of its own.
   * Nothing for an object that has none.
   */
  readonly sites: (object: KubernetesObject) => readonly Site[];
}

export interface Site {
  readonly at: string;
  /** Changes a copy of the object. */
  readonly change: (copy: KubernetesObject) => void;
}

const templates = ["CronJob", "DaemonSet", "Deployment", "Job", "StatefulSet"];

/** What tests may change and builders may not. */
type Loose<T> = { -readonly [Key in keyof T]?: any };

function podOf(object: KubernetesObject): Loose<PodSpec> {
  const spec = podsOf(object)?.spec;
  if (spec === undefined) throw new Error("The object has no pods.");
  return spec;
}

function pod(
  name: string,
  change: (spec: Loose<PodSpec>, object: KubernetesObject) => void,
  has: (spec: PodSpec) => boolean = () => true,
): Mutation {
  return {
    name,
    sites: (object) => {
      const spec = templates.includes(object.kind) ? podsOf(object)?.spec : undefined;
      return spec !== undefined && has(spec) ? [{ at: "pod", change: (copy) => change(podOf(copy), copy) }] : [];
    },
  };
}

/** A change of each container by itself, those that run first included. */
function container(
  name: string,
  change: (container: Loose<Container>) => void,
  has: (container: Container, object: KubernetesObject) => boolean = () => true,
): Mutation {
  return {
    name,
    sites: (object) => {
      const spec = templates.includes(object.kind) ? podsOf(object)?.spec : undefined;
      if (spec === undefined) return [];
      return (["initContainers", "containers"] as const).flatMap((list) =>
        (spec[list] ?? []).flatMap((each, index) =>
          has(each, object)
            ? [
                {
                  at: each.name,
                  change: (copy: KubernetesObject) => change((podOf(copy)[list] as Container[])[index] ?? {}),
                },
              ]
            : [],
        ),
      );
    },
  };
}

function object<Kind extends KubernetesObject["kind"]>(
  kind: Kind,
  name: string,
  change: (object: any) => void,
  has: (object: ObjectOf<Kind>) => boolean = () => true,
): Mutation {
  return {
    name,
    sites: (each) => (each.kind === kind && has(each as ObjectOf<Kind>) ? [{ at: "object", change }] : []),
  };
}

const context = (container: Loose<Container>): any => (container.securityContext ??= {});
const podContext = (spec: Loose<PodSpec>): any => (spec.securityContext ??= {});
/** Containers of programs that run until they are stopped. */
const serves = (container: Container, { kind }: KubernetesObject): boolean =>
  ["DaemonSet", "Deployment", "StatefulSet"].includes(kind) &&
  container.readinessProbe !== undefined &&
  container.livenessProbe !== undefined;
const resourceKinds = ["cpu", "memory", "ephemeral-storage"] as const;
const rules = (direction: "egress" | "ingress") => (policy: ObjectOf<"NetworkPolicy">) =>
  (policy.spec?.[direction] ?? []).length > 0;
const roleKinds = ["ClusterRole", "Role"] as const;
const bindingKinds = ["ClusterRoleBinding", "RoleBinding"] as const;
const jobKinds = ["CronJob", "Job"] as const;
const jobSpec = (job: any): any => (job.kind === "CronJob" ? job.spec.jobTemplate.spec : job.spec);

const grant = (name: string, rule: object): Mutation[] =>
  roleKinds.map((kind) =>
    object(
      kind,
      `${kind}: ${name}`,
      (role) => role.rules.push(rule),
      ({ rules: some }) => Array.isArray(some),
    ),
  );

/** Every kind of weakening that the rules must notice, wherever the render has a place for it. */
export const mutations: readonly Mutation[] = [
  ...["hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace"].map((field) =>
    pod(`pod: ${field}`, (spec) => Object.assign(spec, { [field]: true })),
  ),
  pod("pod: hostPath volume", (spec) => (spec.volumes ??= []).push({ name: "node", hostPath: { path: "/" } })),
  pod("pod: docker socket", (spec) =>
    (spec.volumes ??= []).push({ name: "docker", hostPath: { path: "/var/run/docker.sock", type: "Socket" } }),
  ),
  pod("pod: nfs volume", (spec) => (spec.volumes ??= []).push({ name: "nfs", nfs: { server: "10.0.0.1", path: "/" } })),
  pod(
    "pod: emptyDir without a limit",
    (spec) =>
      spec.volumes.forEach((volume: { emptyDir?: { sizeLimit?: unknown } }) => delete volume.emptyDir?.sizeLimit),
    ({ volumes }) => (volumes ?? []).some(({ emptyDir }) => emptyDir?.sizeLimit !== undefined),
  ),
  pod("pod: sysctl", (spec) => (podContext(spec).sysctls = [{ name: "net.ipv4.ip_forward", value: "1" }])),
  pod("pod: root group", (spec) => (podContext(spec).runAsGroup = 0)),
  pod("pod: group of the image", (spec) => delete podContext(spec).runAsGroup),
  pod("pod: low fsGroup", (spec) => (podContext(spec).fsGroup = 0)),
  pod("pod: supplemental root group", (spec) => (podContext(spec).supplementalGroups = [0])),
  pod("pod: may run as root", (spec) => (podContext(spec).runAsNonRoot = false)),
  pod("pod: default service account", (spec) => (spec.serviceAccountName = "default")),
  pod("pod: no service account", (spec) => delete spec.serviceAccountName),
  pod(
    "pod: mounts a token",
    (spec) => (spec.automountServiceAccountToken = true),
    ({ automountServiceAccountToken }) => automountServiceAccountToken === false,
  ),
  pod(
    "pod: does not refuse the token",
    (spec) => delete spec.automountServiceAccountToken,
    ({ automountServiceAccountToken }) => automountServiceAccountToken === false,
  ),
  pod("pod: service links", (spec) => delete spec.enableServiceLinks),
  pod("pod: no priority", (spec) => delete spec.priorityClassName),
  pod(
    "pod: not spread",
    (spec) => {
      delete spec.topologySpreadConstraints;
      delete spec.affinity;
    },
    ({ topologySpreadConstraints }) => topologySpreadConstraints !== undefined,
  ),
  pod(
    "pod: spread over nodes alone",
    (spec) =>
      (spec.topologySpreadConstraints = spec.topologySpreadConstraints.filter(
        ({ topologyKey }: { topologyKey: string }) => topologyKey === "kubernetes.io/hostname",
      )),
    ({ topologySpreadConstraints }) => (topologySpreadConstraints ?? []).length > 1,
  ),
  pod("pod: seccomp unconfined", (spec) => (podContext(spec).seccompProfile = { type: "Unconfined" })),
  pod("pod: no seccomp profile", (spec) => delete podContext(spec).seccompProfile),
  container("container: privileged", (each) => (context(each).privileged = true)),
  container("container: escalation", (each) => (context(each).allowPrivilegeEscalation = true)),
  container("container: escalation not forbidden", (each) => delete context(each).allowPrivilegeEscalation),
  container("container: no security context", (each) => delete each.securityContext),
  container("container: no capabilities dropped", (each) => delete context(each).capabilities),
  container("container: only NET_RAW dropped", (each) => (context(each).capabilities = { drop: ["NET_RAW"] })),
  ...["SYS_ADMIN", "NET_RAW", "NET_ADMIN", "SYS_PTRACE", "NET_BIND_SERVICE"].map((capability) =>
    container(
      `container: adds ${capability}`,
      (each) => (context(each).capabilities = { drop: ["ALL"], add: [capability] }),
    ),
  ),
  container("container: writable root", (each) => (context(each).readOnlyRootFilesystem = false)),
  container("container: root not read-only", (each) => delete context(each).readOnlyRootFilesystem),
  container("container: root user", (each) => (context(each).runAsUser = 0)),
  container("container: low user", (each) => (context(each).runAsUser = 999)),
  container("container: may be root", (each) => (context(each).runAsNonRoot = false)),
  container("container: seccomp unconfined", (each) => (context(each).seccompProfile = { type: "Unconfined" })),
  container("container: unmasked /proc", (each) => (context(each).procMount = "Unmasked")),
  container("container: host port", (each) => (each.ports ??= []).push({ containerPort: 9999, hostPort: 9999 })),
  container("container: ssh", (each) => (each.ports ??= []).push({ containerPort: 22 })),
  ...(["requests", "limits"] as const).flatMap((side) =>
    resourceKinds.map((kind) =>
      container(`container: no ${side} of ${kind}`, (each) => delete each.resources?.[side]?.[kind]),
    ),
  ),
  container("container: no resources", (each) => delete each.resources),
  container(
    "container: limit below request",
    (each) =>
      (each.resources = {
        requests: { ...each.resources.requests, memory: "2Gi" },
        limits: { ...each.resources.limits, memory: "1Mi" },
      }),
  ),
  container("container: plain password", (each) =>
    (each.env ??= []).push({ name: "ADMIN_PASSWORD", value: "hunter2" }),
  ),
  container("container: plain token", (each) => (each.env ??= []).push({ name: "API_TOKEN", value: "abc" })),
  container("image: latest", (each) => (each.image = each.image.replace(/[:@][^/]*$/, ":latest"))),
  container("image: no tag", (each) => (each.image = each.image.replace(/[:@][^/]*$/, ""))),
  container("image: no registry", (each) => (each.image = "redis:7.2.16")),
  container("probes: no readiness", (each) => delete each.readinessProbe, serves),
  container("probes: no liveness", (each) => delete each.livenessProbe, serves),
  container("probes: identical", (each) => (each.livenessProbe = each.readinessProbe), serves),
  object(
    "Deployment",
    "rollout: recreate",
    (each) => (each.spec.strategy = { type: "Recreate" }),
    ({ spec }) => spec?.strategy?.type !== "Recreate",
  ),
  object(
    "Deployment",
    "rollout: all at once",
    (each) => (each.spec.strategy = { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "100%" } }),
  ),
  object(
    "Deployment",
    "rollout: one pod left",
    (each) => (each.spec.replicas = 1),
    ({ spec }) => (spec?.replicas ?? 1) > 1,
  ),
  object(
    "PodDisruptionBudget",
    "budget: nothing may go",
    (each) => (each.spec = { selector: each.spec.selector, maxUnavailable: 0 }),
  ),
  object(
    "PodDisruptionBudget",
    "budget: all must stay",
    (each) => (each.spec = { selector: each.spec.selector, minAvailable: "100%" }),
  ),
  object(
    "PodDisruptionBudget",
    "budget: of others",
    (each) => (each.spec.selector = { matchLabels: { app: "nobody" } }),
  ),
  object("HorizontalPodAutoscaler", "scaling: no metric", (each) => (each.spec.metrics = [])),
  object("NetworkPolicy", "network: of others", (each) => (each.spec.podSelector = { matchLabels: { app: "nobody" } })),
  ...(["Ingress", "Egress"] as const).map((type) =>
    object(
      "NetworkPolicy",
      `network: no longer about ${type}`,
      (each) => (each.spec.policyTypes = each.spec.policyTypes.filter((one: string) => one !== type)),
      ({ spec }) => (spec?.policyTypes ?? []).length === 2,
    ),
  ),
  ...(["ingress", "egress"] as const).flatMap((direction) => {
    const peers = direction === "ingress" ? "from" : "to";
    const add = (name: string, rule: object): Mutation =>
      object("NetworkPolicy", `network: ${direction} ${name}`, (each) => (each.spec[direction] ??= []).push(rule));
    const ports = [{ port: 443, protocol: "TCP" }];
    return [
      add("open to all", {}),
      add("of every pod", { [peers]: [{ podSelector: {} }], ports }),
      add("of every namespace", {
        [peers]: [{ namespaceSelector: {}, podSelector: { matchLabels: { app: "kong" } } }],
        ports,
      }),
      add("of whole namespaces", { [peers]: [{ namespaceSelector: { matchLabels: { team: "x" } } }], ports }),
      add("of every address", { [peers]: [{ ipBlock: { cidr: "0.0.0.0/0" } }], ports }),
      add("of the internet", { [peers]: [{ ipBlock: { cidr: "0.0.0.0/0", except: ["10.0.0.0/8"] } }], ports }),
      object(
        "NetworkPolicy",
        `network: ${direction} on every port`,
        (each) => delete each.spec[direction][0].ports,
        rules(direction),
      ),
      object(
        "NetworkPolicy",
        `network: ${direction} of anybody`,
        (each) => delete each.spec[direction][0][peers],
        rules(direction),
      ),
    ];
  }),
  object("Service", "service: node port", (each) => (each.spec.type = "NodePort")),
  object(
    "Service",
    "service: load balancer",
    (each) => (each.spec.type = "LoadBalancer"),
    ({ spec }) => spec?.type !== "LoadBalancer",
  ),
  object("Service", "service: external address", (each) => (each.spec.externalIPs = ["203.0.113.7"])),
  object("ServiceAccount", "account: gives its token", (each) => delete each.automountServiceAccountToken),
  ...grant("every verb", { apiGroups: [""], resources: ["pods"], verbs: ["*"] }),
  ...grant("every resource", { apiGroups: [""], resources: ["*"], verbs: ["get"] }),
  ...grant("every group", { apiGroups: ["*"], resources: ["pods"], verbs: ["get"] }),
  ...grant("reads secrets", { apiGroups: [""], resources: ["secrets"], verbs: ["get"] }),
  ...grant("exec", { apiGroups: [""], resources: ["pods/exec"], verbs: ["create"] }),
  ...grant("port-forward", { apiGroups: [""], resources: ["pods/portforward"], verbs: ["create"] }),
  ...grant("node proxy", { apiGroups: [""], resources: ["nodes/proxy"], verbs: ["get"] }),
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
  ...jobKinds.flatMap((kind) => [
    object(kind, `${kind}: no deadline`, (each) => delete jobSpec(each).activeDeadlineSeconds),
    object(kind, `${kind}: endless tries`, (each) => delete jobSpec(each).backoffLimit),
  ]),
  object("CronJob", "CronJob: runs pile up", (each) => (each.spec.concurrencyPolicy = "Allow")),
  object("CronJob", "CronJob: late for ever", (each) => delete each.spec.startingDeadlineSeconds),
  object(
    "StatefulSet",
    "data: gone when scaled",
    (each) => (each.spec.persistentVolumeClaimRetentionPolicy = { whenScaled: "Delete" }),
  ),
  object(
    "Namespace",
    "namespace: privileged",
    (each) => (each.metadata.labels["pod-security.kubernetes.io/enforce"] = "privileged"),
  ),
  object(
    "Namespace",
    "namespace: no Pod Security",
    (each) => delete each.metadata.labels["pod-security.kubernetes.io/enforce"],
  ),
  object("Gateway", "gateway: no certificate", (each) =>
    each.spec.listeners.forEach((listener: { tls?: unknown }) => delete listener.tls),
  ),
  object("Gateway", "gateway: another host unencrypted", (each) =>
    each.spec.listeners.push({ name: "open", hostname: "open.example", port: 80, protocol: "HTTP" }),
  ),
  object("HTTPRoute", "HTTPRoute: on the unencrypted listener", (each) =>
    each.spec.parentRefs.forEach((parent: { sectionName?: unknown }) => delete parent.sectionName),
  ),
  object("HTTPRoute", "HTTPRoute: to everything", (each) => each.spec.rules.push({ backendRefs: [] })),
  object("HTTPRoute", "HTTPRoute: to metrics", (each) =>
    each.spec.rules.push({ matches: [{ path: { type: "Exact", value: "/metrics" } }] }),
  ),
];
