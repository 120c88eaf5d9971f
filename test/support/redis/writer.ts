import { sleep } from "../../../local/process.ts";
import type { Client, RunningRedis } from "./installation.ts";

export interface Write {
  readonly key: string;
  /** When its answer was there, in milliseconds as `performance.now()` counts. */
  readonly at: number;
}

export interface Writer {
  /** Writes that were answered as the writer asks for, so far. */
  readonly written: readonly Write[];
  /** Writes that were refused or not answered. */
  readonly failed: () => number;
  readonly stop: () => Promise<void>;
}

export interface WriterArgs {
  readonly service: string;
  readonly prefix: string;
  /** Replicas that must have a write before it counts: `WAIT`. */
  readonly replicas: 0 | 1;
  /** Writes that are under way at once, on one connection: a service with as many requests. */
  readonly atOnce: number;
}

/** Writes sagas under a service's URL until it is stopped. Answers come in the order in which the server wrote. */
export async function startWriter(
  redis: RunningRedis,
  { service, prefix, replicas, atOnce }: WriterArgs,
): Promise<Writer> {
  const client = await redis.connect(service);
  const written: Write[] = [];
  let failed = 0;
  const stopping = new AbortController();
  const write = async (key: string): Promise<void> => {
    if (await saved(client, key, replicas)) written.push({ key, at: performance.now() });
    else {
      failed += 1;
      await sleep(20);
    }
  };
  const writeOn = async (line: number): Promise<void> => {
    for (let number = 0; !stopping.signal.aborted; number += 1) await write(`${prefix}${line}_${number}`);
  };
  const ended = Promise.all(Array.from({ length: atOnce }, (_, line) => writeOn(line)));
  return {
    written,
    failed: () => failed,
    stop: async () => {
      stopping.abort();
      await ended;
      client.destroy();
    },
  };
}

/**
 * Saves a saga's first step. Both commands go out together: `WAIT` speaks for its own connection alone, and on a new one it
 * would answer for writes that never were.
 */
async function saved(client: Client, key: string, replicas: number): Promise<boolean> {
  const saga = { status: "running", current_step: "1", executed_steps: "[0]", context: JSON.stringify({ key }) };
  try {
    if (replicas === 0) return (await client.hSet(key, saga)) >= 0;
    const [, copies] = await Promise.all([client.hSet(key, saga), client.wait(replicas, 1_000)]);
    return copies >= replicas;
  } catch {
    return false;
  }
}

/** Those of the writes that the server does not have. */
export async function missing(client: Client, writes: readonly Write[]): Promise<Write[]> {
  const there = await Promise.all(writes.map(({ key }) => client.exists(key)));
  return writes.filter((_, index) => there[index] === 0);
}
