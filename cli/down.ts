import type { Component } from "../kubernetes/manifest.ts";
import { clusterAdmin, clusterRuns, deleteCluster } from "../local/control-plane.ts";
import { deleteSet } from "../local/applyset.ts";
import { withLock } from "../local/lock.ts";
import { lockFile, root, userInstance } from "../local/paths.ts";
import { progressTo } from "../local/progress.ts";
import { pulumiDestroy } from "../local/pulumi-engine.ts";
import { engineOf, environmentSet } from "../local/up.ts";
import { environmentNamed, environments, loadEnvironment } from "../stacks/load.ts";
import { platform } from "../stacks/platform.ts";
import { kubectlOutput, resourceName } from "./kubectl.ts";

/** Removes an environment from the embedded cluster, or the cluster where none is named. */
export async function downCommand(name: string | undefined): Promise<void> {
  const environment = name === undefined ? undefined : environmentNamed(name);
  const progress = progressTo(process.stderr);
  await withLock(lockFile, `./suoke down ${name ?? ""}`.trim(), async () => {
    if (environment === undefined) {
      await progress.step("Removing the embedded cluster", () => deleteCluster(userInstance));
      return;
    }
    if (!(await clusterRuns(userInstance))) {
      progress.note("The embedded cluster does not run: there is nothing to remove.");
      return;
    }
    const { namespace } = environments[environment];
    const cluster = { ...clusterAdmin(userInstance), context: namespace };
    await progress.step(`Removing ${environment}`, async () => {
      if (engineOf(userInstance) !== "pulumi") return deleteSet(cluster, environmentSet(namespace));
      await pulumiDestroy({ instance: userInstance, project: ".", stack: environment, components: [] });
      // Generated secrets and data outlive their stack. Here nothing depends on them, and the next stack makes its own.
      const kinds = retainedKinds(platform(loadEnvironment(environment, root)));
      await kubectlOutput(cluster, ["delete", kinds.join(","), "--selector=app.kubernetes.io/managed-by=suoke"]);
    });
  });
}

/** Kinds of what stays when its stack goes, as kubectl takes them. */
function retainedKinds(components: readonly Component[]): string[] {
  const retained = components
    .flatMap(({ manifests }) => manifests)
    .filter(({ lifecycle }) => lifecycle?.retainOnDelete === true)
    .map(({ object }) => resourceName(object));
  return [...new Set(retained)].sort();
}
