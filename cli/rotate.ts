import { withEntry } from "../delivery/settings-file.ts";
import { root } from "../local/paths.ts";
import { environmentNamed, loadEnvironment, project } from "../stacks/load.ts";
import { publish, readSettings, refuseDirty, stackFile } from "./publish.ts";

/** Raises the rotation of secrets by one, as a commit. @throws {Findings} when no secret is called so */
export async function rotateCommand(env: string, ids: readonly string[]): Promise<void> {
  const environment = environmentNamed(env);
  await refuseDirty(environment, undefined);
  const { rotations } = loadEnvironment(environment, root).settings;
  const raised = ids.map((id) => ({ id, before: rotations[id] ?? 0, after: (rotations[id] ?? 0) + 1 }));
  const text = raised.reduce(
    (some, { id, after }) =>
      withEntry(some, stackFile(environment), { key: `${project}:rotations`, entry: id, value: after }),
    readSettings(environment),
  );
  const commit = await publish({ environment, text, message: `Rotate ${ids.join(", ")} in ${environment}\n` });
  process.stdout.write(
    `${raised.map(({ id, before, after }) => `${id}: ${before} → ${after}`).join("\n")}\n` +
      `Committed as ${commit?.slice(0, 7) ?? "nothing"}. What has to be done before it is deployed: docs/runbooks/rotation.md\n`,
  );
}
