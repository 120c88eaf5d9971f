import { withEntry } from "../delivery/settings-file.ts";
import { secretsOf } from "../kubernetes/secret-manifest.ts";
import { leavesOf } from "../kubernetes/sinks.ts";
import { root } from "../local/paths.ts";
import { UsageError } from "../policies/finding.ts";
import { environmentNamed, loadEnvironment, project } from "../stacks/load.ts";
import { platform } from "../stacks/platform.ts";
import { publish, readSettings, refuseDirty, stackFile } from "./publish.ts";

/**
 * Raises the rotation of secrets by one, as a commit. Whether an id is known shows in what follows from it: a rotation that
 * changes no secret is refused.
 */
export async function rotateCommand(env: string, ids: readonly string[]): Promise<void> {
  const environment = environmentNamed(env);
  if (ids.length === 0) throw new UsageError("Which secrets? docs/secrets.md lists the ids of rotations.");
  await refuseDirty(environment, undefined);
  const loaded = loadEnvironment(environment, root);
  const { rotations } = loaded.settings;
  const before = described(platform(loaded));
  for (const id of ids) {
    const raised = { ...loaded.settings, rotations: { ...rotations, [id]: (rotations[id] ?? 0) + 1 } };
    if (described(platform({ ...loaded, settings: raised })) === before) {
      throw new UsageError(`No secret of ${environment} is rotated as "${id}". docs/secrets.md lists the ids.`);
    }
  }
  const key = `${project}:rotations`;
  const text = ids.reduce(
    (some, entry) => withEntry(some, stackFile(environment), { key, entry, value: (rotations[entry] ?? 0) + 1 }),
    readSettings(environment),
  );
  const commit = await publish({ environment, text, message: `Rotate ${ids.join(", ")} in ${environment}\n` });
  process.stdout.write(
    `${ids.map((id) => `${id}: ${rotations[id] ?? 0} → ${(rotations[id] ?? 0) + 1}`).join("\n")}\n` +
      `Committed as ${commit?.slice(0, 7) ?? "nothing"}. What has to be done before it is deployed: docs/runbooks/rotation.md\n`,
  );
}

/** Which secrets some components use, and of which rotation. */
function described(components: ReturnType<typeof platform>): string {
  return JSON.stringify(
    secretsOf(components)
      .flatMap(leavesOf)
      .map((leaf) => [leaf.secret === "setting" ? leaf.path : leaf.id, leaf.rotation]),
  );
}
