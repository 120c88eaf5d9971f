/* eslint-disable @typescript-eslint/no-explicit-any, @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-call,
   @typescript-eslint/no-unsafe-return --
   These changes make objects that the types forbid. */
import type { Mutation } from "./mutation.ts";
import { object } from "./mutation.ts";

const jobKinds = ["CronJob", "Job"] as const;
const jobSpec = (job: any): any => (job.kind === "CronJob" ? job.spec.jobTemplate.spec : job.spec);

/** Jobs, volumes, namespaces and entries that are kept less strictly. */
export const objectMutations: readonly Mutation[] = [
  ...jobKinds.flatMap((kind) => [
    object(kind, `${kind}: no deadline`, (each) => delete jobSpec(each).activeDeadlineSeconds),
    object(kind, `${kind}: endless tries`, (each) => delete jobSpec(each).backoffLimit),
  ]),
  object("Job", "Job: removes itself", (each) => (each.spec.ttlSecondsAfterFinished = 60)),
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
