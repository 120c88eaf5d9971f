import { clusterRuns } from "../local/control-plane.ts";
import { userInstance, root } from "../local/paths.ts";
import type { LocalStack } from "../local/pulumi-engine.ts";
import { preparePulumi, runPulumi } from "../local/pulumi-engine.ts";
import { engineOf, localCluster } from "../local/up.ts";
import { UsageError } from "../policies/finding.ts";
import { environmentNamed, loadEnvironment } from "../stacks/load.ts";
import { platform } from "../stacks/platform.ts";
import { loadCluster } from "./generated.ts";

/** Ends with Pulumi's own exit code. @throws {UsageError} when the embedded cluster is not run by Pulumi */
export async function pulumiCommand(name: string, args: readonly string[]): Promise<void> {
  const target = localStack(name);
  if (!(await clusterRuns(userInstance)) || engineOf(userInstance) !== "pulumi") {
    throw new UsageError("No embedded cluster is run by Pulumi. Start one with: ENGINE=pulumi make up");
  }
  await preparePulumi(target);
  process.exitCode = await runPulumi(target, args);
}

function localStack(name: string): LocalStack {
  if (name === "cluster") {
    return {
      instance: userInstance,
      project: "cluster",
      stack: localCluster,
      components: loadCluster(localCluster, root),
    };
  }
  const stack = environmentNamed(name);
  return { instance: userInstance, project: ".", stack, components: platform(loadEnvironment(stack, root)) };
}
