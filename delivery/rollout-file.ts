import { isMap, stringify } from "yaml";
import type { YAMLMap } from "yaml";
import { UsageError } from "../policies/finding.ts";
import type { Settings } from "../stacks/settings.ts";
import { blocksOf, configOf, withEntry, withEntryOf, withLine } from "./settings-file.ts";

/** A service's block under `rollouts`: a canary, or blue and green. */
export type RolloutSettings = NonNullable<Settings["rollouts"][string]>;

/** A service's image and rollout, as the settings of an environment have them. */
export interface Versions {
  readonly image: string;
  readonly rollout: RolloutSettings | undefined;
}

/** A value that a change gives another one, or brings or takes away. */
export interface Change {
  readonly setting: string;
  readonly from: string | number | undefined;
  readonly to: string | number | undefined;
}

/** What differs between a service's image and rollout before and after, in the settings' own names. */
export function changesOf(service: string, before: Versions, after: Versions): Change[] {
  const old = leaves(service, before);
  const now = leaves(service, after);
  return [...new Set([...old.keys(), ...now.keys()])]
    .filter((setting) => old.get(setting) !== now.get(setting))
    .map((setting) => ({ setting, from: old.get(setting), to: now.get(setting) }));
}

function leaves(service: string, { image, rollout }: Versions): Map<string, string | number> {
  const values = new Map<string, string | number>([[`images.${service}`, image]]);
  for (const [kind, block] of Object.entries(rollout ?? {})) {
    for (const [key, value] of Object.entries(block ?? {})) {
      if (value !== undefined) values.set(`rollouts.${service}.${kind}.${key}`, value);
    }
  }
  return values;
}

export interface StackFile {
  readonly text: string;
  /** For messages. */
  readonly file: string;
  /** Namespace of the settings' keys. */
  readonly project: string;
}

/**
 * A stack file with another image and rollout of a service. Only values that change are written: comments, order and the
 * way in which the block is written stay.
 * @throws {UsageError} when the file is not written so that it can be edited
 */
export function withVersions(
  { text, file, project }: StackFile,
  service: string,
  before: Versions,
  after: Versions,
): string {
  const key = `${project}:rollouts`;
  const named =
    before.image === after.image
      ? text
      : withEntry(text, file, { key: `${project}:images`, entry: service, value: after.image });
  const { rollout } = after;
  if (rollout === undefined) return withEntryOf(named, "config: {}", file, { key, entry: service });
  if (before.rollout === undefined) {
    return withLine(named, file, { key, entry: service, line: `${service}:\n      ${blockText(rollout)}` });
  }
  return changesOf(service, before, after)
    .filter(({ setting }) => setting.startsWith("rollouts."))
    .reduce((some, { setting, to }) => {
      const [, , kind = "", name = ""] = setting.split(".");
      return withValue(some, file, [key, service, kind, name], to);
    }, named);
}

/** `canary: { image: v1.1.0, weight: 0, minReplicas: 1 }`, as docs/edge.md writes it. */
function blockText(rollout: RolloutSettings): string {
  const [[kind, block] = ["", {}]] = Object.entries(rollout).filter(([, given]) => given !== undefined);
  const values = Object.entries(block as object).filter(([, value]) => value !== undefined);
  return `${kind}: { ${values.map(([name, value]) => `${name}: ${scalar(value as string | number)}`).join(", ")} }`;
}

/** One value below `config`, in a map that is there: written, added at the map's end, or left alone when there is none. */
function withValue(text: string, file: string, path: readonly string[], value: string | number | undefined): string {
  if (value === undefined) return text;
  const [name = "", ...above] = [...path].reverse();
  const map = above.reverse().reduce<unknown>((node, key) => (node as YAMLMap).get(key, true), configOf(text, file));
  if (!isMap(map)) throw new UsageError(`${file} has no ${path.slice(0, -1).join(".")} that could be edited.`);
  const blocks = blocksOf(map);
  const found = blocks.find(({ key }) => key === name);
  if (found !== undefined) return `${text.slice(0, found.valueStart)}${scalar(value)}${text.slice(found.valueEnd)}`;
  const last = blocks.at(-1);
  if (last === undefined) throw new UsageError(`${file}: ${path.slice(0, -1).join(".")} is empty.`);
  const line = `${name}: ${scalar(value)}`;
  if (map.flow === true) return `${text.slice(0, last.valueEnd)}, ${line}${text.slice(last.valueEnd)}`;
  const indent = " ".repeat(last.start - (text.lastIndexOf("\n", last.start - 1) + 1));
  // After a comment on the last line, which is about that line.
  const end = text.indexOf("\n", last.valueEnd - 1);
  return end === -1 ? `${text}\n${indent}${line}` : `${text.slice(0, end)}\n${indent}${line}${text.slice(end)}`;
}

/** A tag such as 1.10 is quoted, as it would be read as a number. */
function scalar(value: string | number): string {
  return stringify(value, { lineWidth: 0 }).trimEnd();
}
