import type { CorpusPair } from "./pair.ts";
import { creation, edit, edited, removal } from "./pair.ts";
import {
  denyAll,
  deployment,
  ingress,
  namespace,
  networkPolicy,
  quota,
  role,
  roleBinding,
  service,
} from "./objects.ts";
import { image } from "./parts.ts";

const pod = "spec.template.spec";
const container = `${pod}.containers.0`;
const context = `${container}.securityContext`;

export const securityWeakening: readonly CorpusPair[] = [
  edit("a container becomes privileged", "security-weakening/privileged", deployment, [`${context}.privileged`, true]),
  edit("a process may gain rights", "security-weakening/privilege-escalation", deployment, [
    `${context}.allowPrivilegeEscalation`,
    undefined,
  ]),
  edit("a capability is added", "security-weakening/capabilities-added", deployment, [
    `${context}.capabilities.add`,
    ["SYS_ADMIN"],
  ]),
  edit("capabilities are kept", "security-weakening/capabilities-kept", deployment, [
    `${context}.capabilities`,
    undefined,
  ]),
  edit("a container runs as root", "security-weakening/root", deployment, [`${context}.runAsUser`, 0]),
  edit("a container may run as root", "security-weakening/root", deployment, [`${context}.runAsNonRoot`, undefined]),
  edit("a container's files can be written", "security-weakening/writable-root", deployment, [
    `${context}.readOnlyRootFilesystem`,
    false,
  ]),
  edit("system calls are not filtered", "security-weakening/seccomp", deployment, [
    `${context}.seccompProfile.type`,
    "Unconfined",
  ]),
  edit("all of /proc is visible", "security-weakening/proc-mount", deployment, [`${context}.procMount`, "Unmasked"]),
  edit("a port of the node is used", "security-weakening/host-port", deployment, [
    `${container}.ports.0.hostPort`,
    8080,
  ]),
  edit("the node's network is shared", "security-weakening/host-namespaces", deployment, [`${pod}.hostNetwork`, true]),
  edit("a path of the node is mounted", "security-weakening/host-path", deployment, [
    `${pod}.volumes`,
    [{ name: "host", hostPath: { path: "/var/run" } }],
  ]),
  edit("a namespace admits more", "security-weakening/pod-security-label", namespace, [
    "metadata.labels.pod-security\\.kubernetes\\.io/enforce",
    "baseline",
  ]),
  edit("pods get a token", "security-weakening/token-mounted", deployment, [
    `${pod}.automountServiceAccountToken`,
    true,
  ]),
  edit("a password is no longer in a Secret", "security-weakening/secret-in-plain-text", deployment, [
    `${container}.env.1`,
    { name: "PASSWORD", value: "not-so-secret" },
  ]),
  edit("a whole Secret becomes variables", "security-weakening/secret-in-environment", deployment, [
    `${container}.envFrom`,
    [{ secretRef: { name: "web" } }],
  ]),
  edit("an image is no longer pinned", "security-weakening/image-unpinned", deployment, [
    `${container}.image`,
    "registry.example/web:v2",
  ]),
  edit("an image comes from elsewhere", "security-weakening/image-registry", deployment, [
    `${container}.image`,
    image.replace("registry.example", "other.example"),
  ]),
  edit("a policy allows more", "security-weakening/network-policy-widened", networkPolicy, [
    "spec.egress.0.to.0.ipBlock.cidr",
    "10.0.0.0/8",
  ]),
  creation("another policy allows more", "security-weakening/network-policy-added", networkPolicy, deployment),
  removal("pods are no longer isolated", "security-weakening/isolation-removed", denyAll, deployment),
  edit("a role allows more", "security-weakening/rights-added", role, ["rules.0.resources", ["pods", "secrets"]]),
  creation("a binding comes", "security-weakening/binding-added", roleBinding),
  edit("another subject gets rights", "security-weakening/subject-added", roleBinding, [
    "subjects.1",
    { kind: "ServiceAccount", name: "guest", namespace: "corpus" },
  ]),
  edit("a Service is reachable from outside", "security-weakening/service-exposed", service, ["spec.type", "NodePort"]),
  edit(
    "a load balancer lets everybody in",
    "security-weakening/source-ranges",
    edited(service, ["spec.type", "LoadBalancer"], ["spec.loadBalancerSourceRanges", ["10.0.0.0/8"]]),
    ["spec.loadBalancerSourceRanges", undefined],
  ),
  edit("Services may be reachable from outside", "security-weakening/exposure-quota", quota, [
    "spec.hard.services\\.nodeports",
    "2",
  ]),
  edit("requests come in unencrypted", "security-weakening/tls-removed", ingress, ["spec.tls", undefined]),
];
