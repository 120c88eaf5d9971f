/* eslint-disable @typescript-eslint/no-explicit-any, @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-assignment,
   @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-return --
   These changes make objects that the types forbid. */
import type { PodSpec } from "../../../policies/pods.ts";
import type { Loose, Mutation } from "./mutation.ts";
import { pod } from "./mutation.ts";

const podContext = (spec: Loose<PodSpec>): any => (spec.securityContext ??= {});

/** Pods that see more of their node, or run as more. */
export const podMutations: readonly Mutation[] = [
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
];
