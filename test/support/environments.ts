import { root } from "../../local/paths.ts";
import { environmentNames } from "../../stacks/environment.ts";
import type { Environment, EnvironmentName } from "../../stacks/environment.ts";
import { loadEnvironment } from "../../stacks/load.ts";

/** The three environments as they are committed. */
export const committed: readonly { readonly name: EnvironmentName; readonly environment: Environment }[] =
  environmentNames.map((name) => ({ name, environment: loadEnvironment(name, root) }));

/** One of them, to change a part of. */
export function environmentOf(name: EnvironmentName): Environment {
  return loadEnvironment(name, root);
}
