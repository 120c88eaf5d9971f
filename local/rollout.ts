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

/**
 * How far a Deployment is, by the rules of `kubectl rollout status`; it also waits until the autoscaler has brought it to
 * its minimum, as Kubernetes starts with one pod where no replica count is written.
 */
export function rolloutOf(
  deployment: LiveObject,
  autoscaler?: ObjectOf<"HorizontalPodAutoscaler"> | LiveObject,
): Rollout {
  const number = (value: unknown, otherwise = 0): number => (typeof value === "number" ? value : otherwise);
  const status = deployment.status ?? {};
  const minimum = (autoscaler?.spec as { minReplicas?: number } | undefined)?.minReplicas ?? 0;
  const desired = Math.max(number(deployment.spec?.["replicas"], 1), minimum);
  const available = number(status["availableReplicas"]);
  const stalled = conditions(status).find(
    ({ type, reason }) => type === "Progressing" && reason === "ProgressDeadlineExceeded",
  );
  const done =
    number(status["observedGeneration"]) >= number(deployment.metadata.generation) &&
    number(status["updatedReplicas"]) >= desired &&
    number(status["replicas"]) <= Math.max(number(status["updatedReplicas"]), desired) &&
    available >= desired;
  return {
    ready: available,
    desired,
    done,
    ...(stalled === undefined ? {} : { failed: stalled.message ?? "no progress" }),
  };
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
