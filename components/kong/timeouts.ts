import type { Service } from "../../catalogue/service.ts";

/**
 * Seconds that Kong waits for a target's answer: longer than the target itself takes at most, so that the target's own
 * error arrives rather than a 504 of Kong's. A gateway has a second of its own on top of the service behind it.
 */
export function readTimeoutSeconds({ longestRequestSeconds, configFile }: Service<string>): number {
  return longestRequestSeconds + (configFile.kind === "gateway" ? 2 : 1);
}

/** Seconds to reach a pod: it is a few milliseconds away or not there. */
export const connectTimeoutSeconds = 2;

/** Further pods that are asked when one does not answer. A request that has been sent is repeated only if it may be (GET, …). */
export const retries = 2;

/** Seconds that endpoints and load balancers take to stop sending to a proxy that is told to stop. */
export const drainWaitSeconds = 15;

/** The proxy finishes what it has begun: the longest answer it may be waiting for. */
export function drainTimeoutSeconds(targets: readonly Service<string>[]): number {
  return Math.max(0, ...targets.map(readTimeoutSeconds));
}

/** Seconds from the request to stop until the pod is killed. */
export function proxyGraceSeconds(targets: readonly Service<string>[]): number {
  return drainWaitSeconds + drainTimeoutSeconds(targets) + 5;
}
