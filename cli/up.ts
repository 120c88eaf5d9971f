import { withLock } from "../local/lock.ts";
import { lockFile, userInstance } from "../local/paths.ts";
import { progressTo } from "../local/progress.ts";
import type { Engine } from "../local/up.ts";
import { bringUp } from "../local/up.ts";
import { environmentNamed, environments } from "../stacks/load.ts";
import { formatStatus, readStatus } from "./status.ts";

/** Brings an environment up on the embedded cluster, and says how far it is. @throws {UsageError} while another run changes it */
export async function upCommand(name: string, options: { readonly engine?: Engine }): Promise<void> {
  const environment = environmentNamed(name);
  const progress = progressTo(process.stderr);
  const engine = await withLock(lockFile, `./suoke up ${environment}`, () =>
    bringUp({ instance: userInstance, environment, progress, ...options }),
  );
  const { namespace } = environments[environment];
  const rows = await readStatus(userInstance, [environment]);
  const available = rows.filter(({ ready, desired }) => ready >= desired).length;
  process.stdout.write(
    [
      "",
      formatStatus(rows),
      "",
      `${environment} runs on the embedded cluster, applied by ${engine}: ${available} of ${rows.length} workloads available.`,
      "Objects, admission, scheduling and rollouts are real. Containers are simulated: no program runs in them.",
      "",
      `  .local/bin/kubectl --kubeconfig .local/kubeconfig -n ${namespace} get deploy`,
      "  make status    make down",
      "",
    ].join("\n"),
  );
}
