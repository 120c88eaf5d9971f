import { isMap, isScalar, parseDocument } from "yaml";
import type { Pair, Scalar, YAMLMap } from "yaml";
import { UsageError } from "../policies/finding.ts";

/**
 * Edits of a stack file that leave every other byte as it is: comments, order, and encrypted values, which a YAML writer
 * would fold. `file` is for messages throughout.
 */

/** Where a key and its value stand in the text. */
interface Block {
  readonly key: string;
  readonly start: number;
  readonly end: number;
  readonly valueStart: number;
  readonly valueEnd: number;
}

/** Keys below `config` that are not taken back with the rest: an old password may be locked by now. */
const kept = ["secrets", "rotations"];

/** `config["<project>:<key>"][entry] = value`; the entry is added in alphabetical order where there is none. */
export function withEntry(
  text: string,
  file: string,
  { key, entry, value }: { readonly key: string; readonly entry: string; readonly value: string | number },
): string {
  const config = configOf(text, file);
  const map = config.get(key, true);
  if (!isMap(map)) {
    const end = endOf(text, blocksOf(config));
    return `${text.slice(0, end)}\n  ${key}:\n    ${entry}: ${value}${text.slice(end)}`;
  }
  if (map.flow === true) throw new UsageError(`${file}: ${key} stands on one line. Write one line per entry.`);
  const blocks = blocksOf(map);
  const found = blocks.find((block) => block.key === entry);
  if (found !== undefined) return `${text.slice(0, found.valueStart)}${value}${text.slice(found.valueEnd)}`;
  const before = blocks.find((block) => block.key > entry);
  if (before !== undefined) return `${text.slice(0, before.start)}${entry}: ${value}\n    ${text.slice(before.start)}`;
  const end = endOf(text, blocks);
  return `${text.slice(0, end)}\n    ${entry}: ${value}${text.slice(end)}`;
}

/**
 * The file with the settings of an older one. Secrets, their rotations and how they are encrypted stay as they are now.
 * @param project namespace of our keys; others' are left alone
 */
export function withSettingsOf(text: string, older: string, file: string, project: string): string {
  const ours = (key: string): boolean => key.startsWith(`${project}:`) && !kept.includes(key.slice(project.length + 1));
  const wanted = blocksOf(configOf(older, file)).filter(({ key }) => ours(key));
  const blocks = blocksOf(configOf(text, file));
  const edits = blocks
    .filter(({ key }) => ours(key))
    .map(({ key, start, end }) => {
      const before = wanted.find((block) => block.key === key);
      return before === undefined
        ? { start: lineStart(text, start), end: end + 1, with: "" }
        : { start, end: trimmed(text, start, end), with: slice(older, before) };
    });
  const added = wanted
    .filter(({ key }) => !blocks.some((block) => block.key === key))
    .map((block) => `\n  ${slice(older, block)}`)
    .join("");
  const end = endOf(text, blocks);
  return [...edits, { start: end, end, with: added }]
    .sort((one, other) => other.start - one.start)
    .reduce((result, edit) => result.slice(0, edit.start) + edit.with + result.slice(edit.end), text);
}

/** Keys below `config` whose text differs, without the project's name. */
export function changedSettings(text: string, other: string, file: string, project: string): string[] {
  const [one, two] = [text, other].map(
    (source) => new Map(blocksOf(configOf(source, file)).map((block) => [block.key, slice(source, block)])),
  );
  return [...new Set([...(one?.keys() ?? []), ...(two?.keys() ?? [])])]
    .filter((key) => key.startsWith(`${project}:`) && one?.get(key) !== two?.get(key))
    .map((key) => key.slice(project.length + 1))
    .sort();
}

function configOf(text: string, file: string): YAMLMap {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error !== undefined) throw new UsageError(`${file} is not YAML: ${error.message.split("\n")[0] ?? ""}`);
  const config = document.get("config", true);
  if (!isMap(config)) throw new UsageError(`${file} has no config. Restore it from git.`);
  return config;
}

function blocksOf(map: YAMLMap): Block[] {
  return (map.items as readonly Pair<Scalar>[]).flatMap(({ key, value }) => {
    const at = isScalar(key) ? key.range : undefined;
    const range = (value as Scalar | null)?.range;
    if (!at || !range) return [];
    const [valueStart, valueEnd] = range;
    return [{ key: String(key.value), start: at[0], end: valueEnd, valueStart, valueEnd }];
  });
}

/** A block's text, without the line breaks that end it. */
function slice(text: string, { start, end }: Block): string {
  return text.slice(start, trimmed(text, start, end));
}

function trimmed(text: string, start: number, end: number): number {
  return start + text.slice(start, end).trimEnd().length;
}

function lineStart(text: string, index: number): number {
  return text.lastIndexOf("\n", index - 1) + 1;
}

function endOf(text: string, blocks: readonly Block[]): number {
  const last = blocks.at(-1);
  return last === undefined ? text.trimEnd().length : trimmed(text, last.start, last.end);
}
