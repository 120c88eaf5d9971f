import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Instance } from "./paths.ts";
import type { Ended } from "./process.ts";
import { isAlive, runProgram } from "./process.ts";
import { programPath } from "./toolchain.ts";

/** kwokctl's name for the cluster; it has one per folder. */
const name = "suoke";

/** Seconds that kwokctl may take. */
const limit = 60;

/** What kwokctl keeps of the cluster. */
export function clusterFolder(instance: Instance): string {
  return join(instance.folder, "kwok/clusters", name);
}

/** Runs kwokctl for the cluster of an instance. */
export function kwokctl(instance: Instance, args: readonly string[]): Promise<Ended> {
  return runProgram({
    command: programPath("kwok", "kwokctl"),
    args: [...args, "--name", name],
    env: { KWOK_WORKDIR: join(instance.folder, "kwok") },
    limit,
  });
}

/** Components whose process is there, and those whose process is gone, by the process ids that kwokctl keeps. */
export function componentsOf(instance: Instance): Readonly<Record<"alive" | "dead", readonly string[]>> {
  const folder = join(clusterFolder(instance), "pids");
  const files = existsSync(folder) ? readdirSync(folder) : [];
  const { alive = [], dead = [] } = Object.groupBy(files, (file) =>
    isAlive(Number(readFileSync(join(folder, file), "utf8").trim())) ? "alive" : "dead",
  );
  const named = (some: readonly string[]): string[] => some.map((file) => file.replace(/\.pid$/, ""));
  return { alive: named(alive), dead: named(dead) };
}

/** The last lines of what a component has logged. */
export function logTail(instance: Instance, component: string): string {
  const path = join(clusterFolder(instance), "logs", `${component}.log`);
  return existsSync(path) ? `${component}:\n${lastLines(readFileSync(path, "utf8"))}` : `${component}: no log`;
}

/** The end of an output, which says why. */
export function lastLines(text: string): string {
  return text.trim().split("\n").slice(-8).join("\n");
}
