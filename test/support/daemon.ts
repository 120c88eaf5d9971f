import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { chownSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sleep } from "../../local/process.ts";

/** A server of a test. It goes down with the test's process, whatever ends that. */
export interface Daemon {
  readonly pid: number;
  /** Both streams so far. */
  readonly output: () => string;
  readonly running: () => boolean;
  readonly ended: Promise<void>;
  readonly stop: (signal?: NodeJS.Signals) => Promise<void>;
}

export interface DaemonArgs {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** Servers such as PostgreSQL refuse to run as root; they get the user `nobody` then, and their folders with it. */
export const unprivileged: { readonly uid: number; readonly gid: number } | undefined =
  process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : undefined;

/** An empty folder that the unprivileged user may write to. It is not below the tree, which that user may not be let into. */
export function daemonFolder(name: string): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), `suoke-${name}-`));
  if (unprivileged !== undefined) chownSync(path, unprivileged.uid, unprivileged.gid);
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Starts a server as the unprivileged user. */
export function startDaemon({ command, args, env = {}, cwd }: DaemonArgs): Daemon {
  const child = spawn(command, args, {
    cwd,
    env: { PATH: process.env["PATH"], LANG: "C.UTF-8", ...env },
    stdio: ["ignore", "pipe", "pipe"],
    ...unprivileged,
  });
  let output = "";
  const collect = (chunk: Buffer | string): void => void (output += chunk.toString());
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  child.on("error", (error) => collect(`${error.message}\n`));
  const kill = (): void => void child.kill("SIGKILL");
  process.once("exit", kill);
  const ended = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
    child.once("error", () => resolve());
  }).finally(() => process.removeListener("exit", kill));
  return {
    pid: child.pid ?? 0,
    output: () => output,
    running: () => isRunning(child),
    ended,
    stop: async (signal = "SIGTERM") => {
      if (isRunning(child)) child.kill(signal);
      await ended;
    },
  };
}

function isRunning({ pid, exitCode, signalCode }: ChildProcess): boolean {
  return pid !== undefined && exitCode === null && signalCode === null;
}

/** A port on the loopback that nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

/**
 * Asks again and again until the answer is neither undefined nor false.
 * @throws when it is not within the limit; the seconds are generous, as machines are slow at times
 */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  seconds = 60,
): Promise<T> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > deadline) throw new Error(`${what}: not within ${seconds} s.`);
    await sleep(50);
  }
}
