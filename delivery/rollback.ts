import type { Deployment, Images } from "./ledger.ts";
import { changedImages } from "./commit.ts";
import { changedSettings, withEntry, withEntryOf, withSettingsOf } from "./settings-file.ts";

export interface StackText {
  readonly file: string;
  /** Namespace of the settings' keys. */
  readonly project: string;
  readonly text: string;
}

/**
 * The stack file as it was when a deployment was healthy: all of its settings, or the image and rollout of one service.
 * @param older the stack file at the deployment's commit
 */
export function restored(
  { file, project, text }: StackText,
  older: string,
  good: Deployment,
  service?: string,
): string {
  if (service === undefined) return withSettingsOf(text, older, file, project);
  const version = good.images[service];
  if (version === undefined) return text;
  const image = withEntry(text, file, { key: `${project}:images`, entry: service, value: version });
  // A canary or a second version that came since goes with it.
  return withEntryOf(image, older, file, { key: `${project}:rollouts`, entry: service });
}

/** What goes back with a rollback, for its message: images first, then the other settings that change. */
export function summary(before: Images, after: Images, stack: StackText, restoredText: string): string[] {
  const images = changedImages(before, after).map(
    (service) => `${service}: ${before[service] ?? "none"} → ${after[service] ?? "none"}`,
  );
  const settings = changedSettings(stack.text, restoredText, stack.file, stack.project)
    .filter((key) => key !== "images")
    .map((key) => `setting ${key}`);
  return [...images, ...settings];
}

/**
 * What a rollback does not take back, for whoever has to know.
 * @param paths files that have changed since the commit that is gone back to
 */
export function staying(paths: readonly string[], rotated: boolean): string[] {
  const migrations = paths.filter((path) => /^catalogue\/migrations\/.*\.sql$/.test(path));
  const code = paths.filter((path) => /^(catalogue|components|kubernetes|stacks)\/.*\.ts$/.test(path));
  return [
    ...migrations.map(
      (path) => `Migration ${path} stays in the database: the older version must work with the newer schema.`,
    ),
    ...(code.length === 0
      ? []
      : [
          `${code.length} ${code.length === 1 ? "file" : "files"} of the platform's code changed since and stay as they are ` +
            `(${code.slice(0, 4).join(", ")}${code.length > 4 ? ", …" : ""}); take them back with git revert.`,
        ]),
    ...(rotated ? ["Secrets that were rotated since stay rotated: the old ones may be locked by now."] : []),
  ];
}
