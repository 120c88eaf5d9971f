import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { UsageError } from "../policies/finding.ts";
import { isAlive } from "./process.ts";

interface Holder {
  readonly pid: number;
  readonly command: string;
  readonly since: string;
}

/**
 * Runs something while nobody else does: two runs on one cluster would undo each other's work. The lock of a process
 * that is gone is taken over.
 * @throws {UsageError} when another run is under way
 */
export async function withLock<T>(path: string, command: string, run: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(path), { recursive: true });
  take(path, command);
  const release = (): void => rmSync(path, { force: true });
  process.once("exit", release);
  try {
    return await run();
  } finally {
    process.removeListener("exit", release);
    release();
  }
}

function take(path: string, command: string): void {
  const holder: Holder = { pid: process.pid, command, since: new Date().toISOString() };
  // Written first and linked then: a lock that is there is there whole.
  const mine = `${path}.${process.pid}`;
  writeFileSync(mine, JSON.stringify(holder));
  try {
    for (let attempt = 0; attempt < 2; attempt++) {
      if (linked(mine, path)) return;
      const other = read(path);
      if (other !== undefined && isAlive(other.pid)) {
        throw new UsageError(
          `"${other.command}" is running (process ${other.pid}, since ${other.since}). Wait for it, or stop it with: kill ${other.pid}`,
        );
      }
      putAside(path, other);
    }
    throw new UsageError(`The lock ${path} could not be taken: another run was faster. Try again.`);
  } finally {
    rmSync(mine, { force: true });
  }
}

/** Removes the lock of a process that is gone, and not the one that somebody else has taken in its place meanwhile. */
function putAside(path: string, gone: Holder | undefined): void {
  const aside = `${path}.${process.pid}.gone`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  const taken = read(aside);
  if (taken?.pid !== gone?.pid || taken?.since !== gone?.since) linked(aside, path);
  rmSync(aside, { force: true });
}

/** Gives a file a second name. @returns whether nothing had that name */
function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Who holds the lock; nobody when the file is gone or was cut off by a crash. */
function read(path: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Holder;
  } catch {
    return undefined;
  }
}
