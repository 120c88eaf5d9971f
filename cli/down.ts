import { clusterAdmin, clusterRuns, deleteCluster } from "../local/control-plane.ts";
import { deleteSet } from "../local/kubectl-engine.ts";
import { withLock } from "../local/lock.ts";
import { userInstance } from "../local/paths.ts";
import { progressTo } from "../local/progress.ts";
import { pulumiDestroy } from "../local/pulumi-engine.ts";
import { engineOf, environmentSet } from "../local/up.ts";
import { environmentNamed, environments } from "../stacks/load.ts";
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
    await progress.step(`Removing ${environment}`, () =>
      engineOf(userInstance) === "pulumi"
        ? pulumiDestroy({ instance: userInstance, project: ".", stack: environment, components: [] })
        : deleteSet({ ...clusterAdmin(userInstance), context: namespace }, environmentSet(namespace)),
    );
  });
}
