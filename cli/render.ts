import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Component } from "../kubernetes/manifest.ts";
import { renderComponents } from "../kubernetes/render.ts";
import { root } from "../local/paths.ts";
import { UsageError, suggest } from "../policies/finding.ts";
import { environmentNamed, loadEnvironment } from "../stacks/load.ts";
import { platform } from "../stacks/platform.ts";
import { clusterNames, loadCluster } from "./generated.ts";

export interface RenderOptions {
  readonly component?: string;
  readonly out?: string;
}

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
  const cluster = /^cluster\/(.*)$/.exec(name)?.[1];
  if (cluster === undefined) return platform(loadEnvironment(environmentNamed(name), root));
  const known = clusterNames(root);
  if (!known.includes(cluster)) throw new UsageError(`There is no cluster "${cluster}". ${suggest(cluster, known)}`);
  return loadCluster(cluster, root);
}

function only(rendered: ReadonlyMap<string, string>, component: string, env: string): ReadonlyMap<string, string> {
  const yaml = rendered.get(component);
  if (yaml === undefined)
    throw new UsageError(`${env} has no component "${component}". ${suggest(component, [...rendered.keys()])}`);
  return new Map([[component, yaml]]);
}
