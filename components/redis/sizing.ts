import { parseQuantity } from "../../kubernetes/quantity.ts";

/** Which of the two installations. One server cannot be both (docs/adr/0006). */
export type InstallationName = "redis-cache" | "redis-durable";

/**
 * Share of a server's memory limit that data may fill. The durable one forks to write its files, and every page that
 * changes meanwhile is there twice; both keep buffers for their replicas beside the data.
 */
export const memoryShare = { "redis-cache": 0.75, "redis-durable": 0.6 } as const satisfies Record<
  InstallationName,
  number
>;

const mebibyte = 2 ** 20;

/** `maxmemory` for a memory limit, in bytes: the share, rounded down to whole MiB. */
export function maxMemory(name: InstallationName, limit: string): number {
  return Math.floor((parseQuantity(limit) * memoryShare[name]) / mebibyte) * mebibyte;
}

/**
 * What a durable server's volume holds at worst, in sizes of the data: the append-only file's base and as much again in
 * increments (it is rewritten at 100 % growth), the new base while it is rewritten, the snapshot, and the next snapshot
 * while that is written.
 */
export const volumeCopies = 5;

/**
 * Bytes that a saga of the plan takes: the user's message, the answers of three agents and a report as JSON in one hash. The
 * answers of language models are what is large; docs/redis.md has the measurement.
 */
export const sagaBytes = 8 * 1024;

/**
 * Share of `maxmemory` that sagas which have ended may fill. The rest is for those that run, and for a day with more of them:
 * a server that evicts nothing refuses writes once it is full.
 */
export const endedShare = 0.7;

/** How many Sentinels are a majority. */
export function quorumOf(sentinels: number): number {
  return Math.floor(sentinels / 2) + 1;
}
