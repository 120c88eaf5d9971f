import type { ObjectOf } from "./manifest.ts";

type PodSpec = NonNullable<NonNullable<ObjectOf<"Deployment">["spec"]>["template"]["spec"]>;
type Container = PodSpec["containers"][number];

/**
 * Pod settings that satisfy the `restricted` Pod Security Standard
 * (https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted).
 * The user is outside the range of ordinary accounts, so that a file of the host's users is never readable by chance.
 */
export function hardenedPod(): Pick<
  PodSpec,
  "automountServiceAccountToken" | "enableServiceLinks" | "securityContext"
> {
  return {
    automountServiceAccountToken: false,
    // Service links inject an environment variable per Service of the namespace; programs have tripped over them.
    enableServiceLinks: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 10001,
      runAsGroup: 10001,
      fsGroup: 10001,
      fsGroupChangePolicy: "OnRootMismatch",
      seccompProfile: { type: "RuntimeDefault" },
    },
  };
}

/** The container's half of the same standard, with a read-only root file system. */
export function hardenedContainer(): Pick<Container, "securityContext"> {
  return {
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
      privileged: false,
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
    },
  };
}
