import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { project } from "../../stacks/load.ts";
import type { EnvironmentName } from "../../stacks/environment.ts";

/**
 * Locks of an environment's state in a folder, by file name. Pulumi keeps one per process:
 * https://github.com/pulumi/pulumi/blob/v3.259.0/pkg/backend/diy/lock.go
 */
export function locks(state: string, environment: EnvironmentName): string[] {
  const folder = lockFolder(state, environment);
  return existsSync(folder) ? readdirSync(folder) : [];
}

/** Leaves a lock behind, as a process does that is killed. */
export function leaveLock(state: string, environment: EnvironmentName, id: string): void {
  const folder = lockFolder(state, environment);
  mkdirSync(folder, { recursive: true });
  const content = { pid: 4711, username: "root", hostname: "runner", timestamp: "2026-01-01T12:00:00Z" };
  writeFileSync(join(folder, `${id}.json`), JSON.stringify(content));
}

function lockFolder(state: string, environment: EnvironmentName): string {
  return join(state, ".pulumi/locks/organization", project, environment);
}
