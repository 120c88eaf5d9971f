import type { Component } from "../../kubernetes/manifest.ts";
import { root } from "../../local/paths.ts";
import { environmentNames } from "../../stacks/environment.ts";
import type { Environment, EnvironmentName } from "../../stacks/environment.ts";
import { loadEnvironment } from "../../stacks/load.ts";
import { platform } from "../../stacks/platform.ts";

/** The three environments as they are committed. */
export const committed: readonly { readonly name: EnvironmentName; readonly environment: Environment }[] =
  environmentNames.map((name) => ({ name, environment: loadEnvironment(name, root) }));

/** One of them, to change a part of. */
export function environmentOf(name: EnvironmentName): Environment {
  const found = committed.find((each) => each.name === name);
  if (found === undefined) throw new Error(`There is no environment ${name}.`);
  return found.environment;
}

const platforms = new WeakMap<Environment<string>, readonly Component[]>();

/** The platform of an environment. Building it is pure and takes its time, so that each environment is built once. */
export function built(environment: Environment<string>): readonly Component[] {
  const known = platforms.get(environment) ?? platform(environment);
  platforms.set(environment, known);
  return known;
}
