import { preflight, requirements } from "../cli/preflight.ts";
import { program } from "../components/program.ts";
import { cluster, clusterProject, clusterSettings } from "../stacks/cluster.ts";

/** What the environments of one cluster share; its exports are the stack's outputs. */
export const { environments } = await program(clusterProject, async (stack) => {
  const settings = clusterSettings(stack.name, stack.config);
  const components = cluster(settings);
  await preflight(requirements(components), { kubectl: "kubectl", context: settings.context });
  await stack.deploy(components, settings.context);
  return { environments: settings.environments };
});
