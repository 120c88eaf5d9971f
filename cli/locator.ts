import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../local/paths.ts";
import type { Locate, Location } from "../review/formats/gitlab.ts";

/** Finds objects in the golden files of the working tree, which are what a reviewer sees beside the widgets. */
export function locator(): Locate {
  const files = new Map<string, string>();
  return (environment, component, kind, name): Location => {
    const path = `test/golden/${environment.replace("/", "-")}/${component}.yaml`;
    if (component === "" || !existsSync(join(root, path))) return { path: stackFile(environment), line: 1 };
    const yaml = files.get(path) ?? readFileSync(join(root, path), "utf8");
    files.set(path, yaml);
    return { path, line: lineOf(yaml, kind, name) };
  };
}

/** What is not in a golden file is looked up where the environment's settings are. */
function stackFile(environment: string): string {
  const cluster = /^cluster\/(.*)$/.exec(environment)?.[1];
  return cluster === undefined ? `Pulumi.${environment}.yaml` : `cluster/Pulumi.${cluster}.yaml`;
}

/** The line on which an object begins: 1 for one that is not there. */
function lineOf(yaml: string, kind: string, name: string): number {
  let start = 1;
  let kindFits = false;
  for (const [index, line] of yaml.split("\n").entries()) {
    if (line === "---") [start, kindFits] = [index + 2, false];
    if (line === `kind: ${kind}`) kindFits = true;
    if (kindFits && line === `  name: ${name}`) return start;
  }
  return 1;
}
