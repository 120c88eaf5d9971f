import { withEntry } from "../delivery/settings-file.ts";
import { root } from "../local/paths.ts";
import { flows } from "../stacks/delivery.ts";
import { environmentNamed, loadEnvironment, project } from "../stacks/load.ts";
import { publish, readSettings, refuseDirty, stackFile, startFromTip } from "./publish.ts";

export interface RotateOptions {
  readonly push?: true;
}

/** Raises the rotation of secrets by one, as a commit. @throws {Findings} when no secret is called so */
export async function rotateCommand(env: string, ids: readonly string[], options: RotateOptions): Promise<void> {
  const environment = environmentNamed(env);
  const push = options.push === true ? flows[environment].branch : undefined;
  await refuseDirty(environment, push);
  if (push !== undefined) await startFromTip(push);
  const { rotations } = loadEnvironment(environment, root).settings;
  const raised = ids.map((id) => ({ id, before: rotations[id] ?? 0, after: (rotations[id] ?? 0) + 1 }));
  const text = raised.reduce(
    (some, { id, after }) =>
      withEntry(some, stackFile(environment), { key: `${project}:rotations`, entry: id, value: after }),
    readSettings(environment),
  );
  const message = `Rotate ${ids.join(", ")} in ${environment}\n`;
  const commit = await publish({ environment, text, message, ...(push === undefined ? {} : { push }) });
  process.stdout.write(
    `${raised.map(({ id, before, after }) => `${id}: ${before} → ${after}`).join("\n")}\n` +
      `Committed as ${commit?.slice(0, 7) ?? "nothing"}. What has to be done before it is deployed: docs/runbooks/rotation.md\n`,
  );
}
