import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Component } from "../kubernetes/manifest.ts";
import { renderComponents } from "../kubernetes/render.ts";
import { root } from "../local/paths.ts";
import { UsageError, suggest } from "../policies/finding.ts";
import { environmentNamed, loadEnvironment } from "../stacks/load.ts";
import { platform } from "../stacks/platform.ts";
import { clusterNamed, loadCluster } from "./generated.ts";

export interface RenderOptions {
  readonly component?: string;
  readonly out?: string;
}

/** Prints the objects of a stack as YAML with its secrets masked, or writes a file for each component. */
export function renderCommand(env: string, { component, out }: RenderOptions): void {
  const rendered = renderComponents(componentsOf(env));
  const chosen = component === undefined ? rendered : only(rendered, component, env);
  if (out === undefined) {
    process.stdout.write([...chosen.values()].join(""));
    return;
  }
  mkdirSync(out, { recursive: true });
  for (const [name, yaml] of chosen) writeFileSync(join(out, `${name}.yaml`), yaml);
  process.stderr.write(`Wrote ${chosen.size} files to ${out}.\n`);
}

/** The components of `dev`, or of `cluster/local`. */
function componentsOf(name: string): readonly Component[] {
  const cluster = clusterNamed(name, root);
  return cluster === undefined ? platform(loadEnvironment(environmentNamed(name), root)) : loadCluster(cluster, root);
}

function only(rendered: ReadonlyMap<string, string>, component: string, env: string): ReadonlyMap<string, string> {
  const yaml = rendered.get(component);
  if (yaml === undefined)
    throw new UsageError(`${env} has no component "${component}". ${suggest(component, [...rendered.keys()])}`);
  return new Map([[component, yaml]]);
}
