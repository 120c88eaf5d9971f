import type { ObjectOf } from "../kubernetes/manifest.ts";

/** What the server says of a workload, as far as it matters here. */
export interface LiveObject {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly generation?: number;
    readonly creationTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
}

/** How far a workload's rollout is. */
export interface Rollout {
  readonly ready: number;
  readonly desired: number;
  readonly done: boolean;
  /** Given up by Kubernetes, with its reason. */
  readonly failed?: string;
}

/** Kinds that take time to come up, and so are waited for. */
export const workloadKinds = [
  "Cluster",
  "DaemonSet",
  "Database",
  "Deployment",
  "Elasticsearch",
  "Job",
  "Pooler",
  "StatefulSet",
] as const;

/**
 * How far a workload is, by the rules of `kubectl rollout status`. A Deployment also waits until the autoscaler has brought
 * it to its minimum, as Kubernetes starts with one pod where no replica count is written.
 */
export function rolloutOf(object: LiveObject, autoscaler?: ObjectOf<"HorizontalPodAutoscaler"> | LiveObject): Rollout {
  const minimum = (autoscaler?.spec as { minReplicas?: number } | undefined)?.minReplicas ?? 0;
  switch (object.kind) {
    case "Cluster":
      return counted(object, "readyInstances");
    case "DaemonSet":
      return daemonSet(object);
    case "Database":
      return applied(object);
    case "Elasticsearch":
      return inPhase(object, "Ready");
    case "Job":
      return job(object);
    case "Pooler":
      return counted(object, "instances");
    case "StatefulSet":
      return statefulSet(object);
    default:
      return deployment(object, minimum);
  }
}

/** A custom resource whose operator counts what is ready in a field of its status. */
function counted(object: LiveObject, field: string): Rollout {
  const desired = number(object.spec?.["instances"], 1);
  const ready = number(object.status?.[field]);
  return { ready, desired, done: ready >= desired };
}

/** A custom resource that its operator has carried out, or not. */
function applied(object: LiveObject): Rollout {
  const done = object.status?.["applied"] === true;
  return { ready: done ? 1 : 0, desired: 1, done };
}

/** A custom resource whose operator names the phase that it is in. */
function inPhase(object: LiveObject, phase: string): Rollout {
  const done = object.status?.["phase"] === phase;
  return { ready: done ? 1 : 0, desired: 1, done };
}

function deployment(object: LiveObject, minimum: number): Rollout {
  const status = object.status ?? {};
  const desired = Math.max(number(object.spec?.["replicas"], 1), minimum);
  const available = number(status["availableReplicas"]);
  // What the controller has not seen it has not given up: until then the condition is of the change before.
  const stalled = isObserved(object)
    ? conditions(status).find(({ type, reason }) => type === "Progressing" && reason === "ProgressDeadlineExceeded")
    : undefined;
  const updated = number(status["updatedReplicas"]);
  const done =
    isObserved(object) &&
    updated >= desired &&
    number(status["replicas"]) <= Math.max(updated, desired) &&
    available >= desired;
  return {
    ready: available,
    desired,
    done,
    ...(stalled === undefined ? {} : { failed: stalled.message ?? "no progress" }),
  };
}

function statefulSet(object: LiveObject): Rollout {
  const status = object.status ?? {};
  const desired = number(object.spec?.["replicas"], 1);
  const ready = number(status["readyReplicas"]);
  // Without a change under way the server leaves out the count of updated pods, and the two revisions are the same.
  const current =
    status["updateRevision"] === status["currentRevision"] || number(status["updatedReplicas"]) >= desired;
  return { ready, desired, done: isObserved(object) && current && ready >= desired };
}

function daemonSet(object: LiveObject): Rollout {
  const status = object.status ?? {};
  const desired = number(status["desiredNumberScheduled"]);
  const ready = number(status["numberAvailable"]);
  return {
    ready,
    desired,
    done: isObserved(object) && number(status["updatedNumberScheduled"]) >= desired && ready >= desired,
  };
}

function job(object: LiveObject): Rollout {
  const status = object.status ?? {};
  const desired = number(object.spec?.["completions"], 1);
  const ready = number(status["succeeded"]);
  const failed = conditions(status).find((condition) => condition.type === "Failed" && condition.status === "True");
  return {
    ready,
    desired,
    done: ready >= desired,
    ...(failed === undefined ? {} : { failed: failed.message ?? "failed" }),
  };
}

function isObserved({ metadata, status = {} }: LiveObject): boolean {
  return number(status["observedGeneration"]) >= number(metadata.generation);
}

function number(value: unknown, otherwise = 0): number {
  return typeof value === "number" ? value : otherwise;
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

/** Why a pod does not run, in the words of whoever holds it up. */
export function reasonOf(pod: LiveObject): string | undefined {
  const held = conditions(pod.status ?? {}).find(
    ({ type, status, message }) =>
      status === "False" &&
      message !== undefined &&
      (type === "PodScheduled" || type === "suoke.life/ReferencesResolved"),
  );
  return held?.message;
}

function conditions(status: Readonly<Record<string, unknown>>): readonly Condition[] {
  return (status["conditions"] as readonly Condition[] | undefined) ?? [];
}
