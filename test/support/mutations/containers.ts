/* eslint-disable @typescript-eslint/no-explicit-any, @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-assignment,
   @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-return --
   These changes make objects that the types forbid. */
import type { KubernetesObject } from "../../../kubernetes/manifest.ts";
import type { Container, Loose, Mutation } from "./mutation.ts";
import { container } from "./mutation.ts";

const context = (container: Loose<Container>): any => (container.securityContext ??= {});
/** Containers of programs that run until they are stopped. */
const serves = (container: Container, { kind }: KubernetesObject): boolean =>
  ["DaemonSet", "Deployment", "StatefulSet"].includes(kind) &&
  container.readinessProbe !== undefined &&
  container.livenessProbe !== undefined;
const resourceKinds = ["cpu", "memory", "ephemeral-storage"] as const;

/** Containers that may do more, take more, or say less of themselves. */
export const containerMutations: readonly Mutation[] = [
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
];
