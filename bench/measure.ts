import { cpus, totalmem } from "node:os";
import { spawn } from "node:child_process";
import { root } from "../local/paths.ts";

/** Seconds of each of several ways to do a thing. */
export type Times = Readonly<Record<string, readonly number[]>>;

/** Runs every way in turn, again and again, so that whatever else the machine does hits all of them alike. */
export async function interleaved(
  rounds: number,
  ways: Readonly<Record<string, () => number | Promise<number>>>,
): Promise<Times> {
  const times: Record<string, number[]> = {};
  for (let round = 0; round < rounds; round++) {
    for (const [name, way] of Object.entries(ways)) (times[name] ??= []).push(await way());
  }
  return times;
}

/**
 * Seconds that something takes. What ran before has left its garbage, and whoever comes next would pay for its collection:
 * each begins with a heap that has been collected, where Node was started with --expose-gc.
 */
export async function seconds(run: () => unknown): Promise<number> {
  globalThis.gc?.();
  const start = performance.now();
  await run();
  return (performance.now() - start) / 1000;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

/** `e` in time = c × sizeᵉ, between the two largest sizes: below them fixed costs hide the growth. */
export function growthExponent(points: readonly (readonly [size: number, time: number])[]): number {
  const [[smaller, fast] = [1, 1], [larger, slow] = [1, 1]] = points.slice(-2);
  return Math.log(slow / fast) / Math.log(larger / smaller);
}

/** What the figures depend on. */
export function machine(): Readonly<Record<string, string>> {
  const [cpu] = cpus();
  return {
    cpu: `${cpus().length} × ${cpu?.model ?? "unknown"}`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
  };
}

/** Runs a program of this folder in a process of its own, which prints its result as JSON. */
export function child<T>(program: string, ...args: readonly string[]): Promise<T> {
  return new Promise((resolve, reject) => {
    const process_ = spawn(process.execPath, ["--expose-gc", `${root}/bench/${program}`, ...args], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    process_.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    process_.on("error", reject);
    process_.on("close", (code) => {
      if (code === 0) resolve(JSON.parse(output) as T);
      else reject(new Error(`bench/${program} ${args.join(" ")} ended with ${code}.`));
    });
  });
}
