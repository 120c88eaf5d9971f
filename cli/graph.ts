import { services } from "../catalogue/services.ts";
import { root } from "../local/paths.ts";
import { dependencyGraph, toDot, toMermaid } from "../review/graph.ts";
import { environmentNamed, loadEnvironment } from "../stacks/load.ts";
import { runningServices } from "../stacks/platform.ts";

/** Prints who needs what: of the catalogue, or of the services that an environment runs. */
export function graphCommand(
  env: string | undefined,
  { format }: { readonly format: "mermaid" | "dot" | "json" },
): void {
  const names =
    env === undefined ? undefined : [...runningServices(loadEnvironment(environmentNamed(env), root)).keys()];
  const graph = dependencyGraph(services, names);
  const formats = { mermaid: toMermaid, dot: toDot, json: (value: object) => `${JSON.stringify(value, null, 2)}\n` };
  process.stdout.write(formats[format](graph));
}
