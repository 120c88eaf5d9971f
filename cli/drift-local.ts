import { canonical, toYaml } from "../kubernetes/render.ts";
import { applySetId } from "../local/applyset.ts";
import { clusterAdmin, clusterRuns } from "../local/control-plane.ts";
import { labelled } from "../local/kubectl-engine.ts";
import { root, userInstance } from "../local/paths.ts";
import { localSecrets } from "../local/secrets.ts";
import { environmentSet, secretsFile } from "../local/up.ts";
import { UsageError } from "../policies/finding.ts";
import type { EnvironmentName } from "../stacks/environment.ts";
import { loadEnvironment } from "../stacks/load.ts";
import { platform } from "../stacks/platform.ts";
import { kubectl } from "./kubectl.ts";

/** What `kubectl diff` shows between the render and the embedded cluster; it masks Secrets. */
export async function localDrift(environment: EnvironmentName): Promise<string | undefined> {
  if (!(await clusterRuns(userInstance))) {
    throw new UsageError(
      "The embedded cluster does not run, so that nothing could be looked at. Start it with: make up",
    );
  }
  const loaded = loadEnvironment(environment, root);
  const components = platform(loaded);
  const secret = localSecrets(secretsFile(userInstance, environment), components);
  const objects = labelled(components, applySetId(environmentSet(loaded.data.namespace)));
  const { code, stdout, stderr } = await kubectl(
    { ...clusterAdmin(userInstance), context: loaded.data.namespace },
    ["diff", "--server-side", "--force-conflicts", "--field-manager=suoke", "-f", "-"],
    objects.map((object) => `---\n${toYaml(canonical(object, secret))}`).join(""),
  );
  if (code === 0) return undefined;
  if (code === 1) return stdout;
  throw new UsageError(`kubectl diff could not look: ${stderr.trim()}`);
}
