import type { PoolSize, Probes, Slo } from "./service.ts";

/** The plan's objectives for a service: P95 under 200 ms, errors under 0.1 %, available 99.9 % of the time. */
export const standardSlo: Slo = { latencyP95Ms: 200, errorRatio: 0.001, availability: 0.999 };

/** An agent's answer takes seconds by nature (the plan gives a diagnosis 30 s); what it promises is to answer. */
export const agentSlo: Slo = { latencyP95Ms: 5_000, errorRatio: 0.001, availability: 0.999 };

/** The plan's probe paths. A Python service imports its libraries and opens its pools in well under a minute. */
export const pythonProbes: Probes = { kind: "http", port: "http", live: "/health", ready: "/ready", startSeconds: 60 };

/** Agents load models before they serve. */
export const agentProbes: Probes = { ...pythonProbes, startSeconds: 180 };

/** Pools of the plan's DatabaseManager. */
export const primaryPool: PoolSize = { size: 20, overflow: 30 };
export const replicaPool: PoolSize = { size: 15, overflow: 25 };
