import { consequence, documentChanges, storedDocuments } from "../review/documents.ts";
import { environmentNamed } from "../stacks/load.ts";
import { revisionStates, targetNamed, workingTree } from "./diff-states.ts";

export interface ConfigDiffOptions {
  readonly from: string;
  readonly json?: true;
}

/** Prints which documents in Consul the working tree changes, line by line, and what that comes to. */
export async function configDiffCommand(env: string, { from, json }: ConfigDiffOptions): Promise<void> {
  const target = targetNamed(environmentNamed(env));
  const old = await revisionStates(from, [target]);
  const now = await workingTree([target], { committed: false });
  const [before, after] = [old, now].map(({ states }) => storedDocuments(states[0]?.placed ?? []));
  const changes = documentChanges(before ?? new Map(), after ?? new Map());
  if (json === true) {
    process.stdout.write(`${JSON.stringify(changes, null, 2)}\n`);
    return;
  }
  const text = changes.flatMap((change) => [`${change.path}: ${consequence(change)}`, ...change.lines, ""]);
  const heading = `${env}: ${changes.length} of ${after?.size ?? 0} documents change from ${old.text} to ${now.text}.`;
  process.stdout.write([heading, "", ...text].join("\n"));
}
