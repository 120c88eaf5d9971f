import { preflight, requirements } from "./cli/preflight.ts";
import { program } from "./components/program.ts";
import { environment, environmentNamed, project } from "./stacks/load.ts";
import { outputs } from "./stacks/outputs.ts";
import { platform } from "./stacks/platform.ts";

/** The platform of one environment; its exports are the stack's outputs. */
export const { namespace, url, services, objects } = await program(project, async (stack) => {
  const loaded = environment(environmentNamed(stack.name), stack.config);
  const components = platform(loaded);
  const { context } = loaded.settings.cluster;
  await preflight(requirements(components, loaded.data.namespace), { kubectl: "kubectl", context });
  await stack.deploy(components, context);
  return outputs(loaded, components);
});
