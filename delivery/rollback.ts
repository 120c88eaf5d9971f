import { sameVersion } from "../stacks/images.ts";
import type { Deployment, Images } from "./ledger.ts";
import { changedImages } from "./commit.ts";
import type { RolloutSettings } from "./rollout-file.ts";
import { withVersions } from "./rollout-file.ts";
import { changedSettings, configOf, withEntry, withEntryOf, withSettingsOf } from "./settings-file.ts";

export interface StackText {
  readonly file: string;
  /** Namespace of the settings' keys. */
  readonly project: string;
  readonly text: string;
}

/**
 * The stack file as it was when a deployment was healthy: all of its settings, or the image and rollout of one service.
 * A second version that came since and gets requests stays, without any: the cluster refuses that it goes before that.
 * @param older the stack file at the deployment's commit
 */
export function restored(stack: StackText, older: string, good: Deployment, service?: string): string {
  const back = takenBack(stack, older, good, service);
  return serving(stack)
    .filter(([name]) => rolloutsOf({ ...stack, text: back })[name] === undefined)
    .reduce((text, [name, rollout]) => withIdle({ ...stack, text }, name, rollout), back);
}

function takenBack({ file, project, text }: StackText, older: string, good: Deployment, service?: string): string {
  if (service === undefined) return withSettingsOf(text, older, file, project);
  const version = good.images[service];
  if (version === undefined) return text;
  const image = withEntry(text, file, { key: `${project}:images`, entry: service, value: version });
  // A canary or a second version that came since goes with it.
  return withEntryOf(image, older, file, { key: `${project}:rollouts`, entry: service });
}

/**
 * Services whose second version gets requests now and would get none, but stays: somebody has to remove it later.
 * @param text the stack file that a rollback leads to
 */
export function idled(stack: StackText, text: string): string[] {
  const after = rolloutsOf({ ...stack, text });
  return serving(stack)
    .map(([name]) => name)
    .filter((name) => after[name] !== undefined && !serves(after[name]));
}

function serving(stack: StackText): (readonly [string, RolloutSettings])[] {
  return Object.entries(rolloutsOf(stack)).filter(([, rollout]) => serves(rollout));
}

function serves({ canary, blueGreen }: RolloutSettings): boolean {
  return (canary?.weight ?? 0) > 0 || blueGreen?.active === "green";
}

/** A service's rollout with all requests back at the image that the file gives the service itself. */
function withIdle(stack: StackText, name: string, { canary, blueGreen }: RolloutSettings): string {
  const image = imagesOf(stack)[name];
  if (image === undefined) return stack.text;
  const idle: RolloutSettings = {};
  if (canary !== undefined) {
    const { stableMinReplicas = canary.minReplicas, ...rest } = canary;
    // Both images are the same only while a canary is promoted, which this field says.
    idle.canary = { ...rest, weight: 0, ...(sameVersion(canary.image, image) ? { stableMinReplicas } : {}) };
  }
  if (blueGreen !== undefined) idle.blueGreen = { ...blueGreen, active: "blue", blue: image };
  return withVersions(stack, name, { image, rollout: undefined }, { image, rollout: idle });
}

function rolloutsOf({ text, file, project }: StackText): Readonly<Record<string, RolloutSettings>> {
  return values(text, file, `${project}:rollouts`) as Readonly<Record<string, RolloutSettings>>;
}

function imagesOf({ text, file, project }: StackText): Readonly<Record<string, string>> {
  return values(text, file, `${project}:images`) as Readonly<Record<string, string>>;
}

function values(text: string, file: string, key: string): object {
  return (configOf(text, file).toJSON() as Readonly<Record<string, object | null>>)[key] ?? {};
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
 * @param idle services whose second version stays
 */
export function staying(
  paths: readonly string[],
  rotated: boolean,
  idle: readonly { readonly environment: string; readonly service: string }[] = [],
): string[] {
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
    ...idle.map(
      ({ environment, service }) =>
        `The second version of ${service} stays, without requests; once this is applied, remove it: ./suoke rollout ${environment} ${service} --abort`,
    ),
    ...(rotated ? ["Secrets that were rotated since stay rotated: the old ones may be locked by now."] : []),
  ];
}
