import { clusterAdmin, clusterRuns, deleteCluster } from "../local/control-plane.ts";
import { deleteSet } from "../local/kubectl-engine.ts";
import { withLock } from "../local/lock.ts";
import { userInstance } from "../local/paths.ts";
import { progressTo } from "../local/progress.ts";
import { pulumiDestroy } from "../local/pulumi-engine.ts";
import { engineOf, environmentSet } from "../local/up.ts";
import { environmentNamed, environments } from "../stacks/load.ts";
import { kubectlOutput } from "./kubectl.ts";
import { lockFile } from "./up.ts";

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
      const kinds = await kubectlOutput(cluster, [
        "api-resources",
        "--namespaced",
        "--verbs=list,delete",
        "--output=name",
      ]);
      const selector = "--selector=app.kubernetes.io/managed-by=suoke";
      await kubectlOutput(cluster, ["delete", kinds.trim().split("\n").join(","), selector]);
    });
  });
}
