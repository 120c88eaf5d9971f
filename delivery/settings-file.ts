import { isMap, isScalar, parseDocument } from "yaml";
import type { Pair, Scalar, YAMLMap } from "yaml";
import { UsageError } from "../policies/finding.ts";

/**
 * Edits of a stack file that leave every other byte as it is: comments, order, and encrypted values, which a YAML writer
 * would fold. `file` is for messages throughout.
 */

/** Where a key and its value stand in the text. */
export interface Block {
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
  const found = entryOf(configOf(text, file), key, entry);
  return found === undefined
    ? withLine(text, file, { key, entry, line: `${entry}: ${value}` })
    : `${text.slice(0, found.valueStart)}${value}${text.slice(found.valueEnd)}`;
}

/** Adds an entry that is not there, as this text. @throws {UsageError} when the key's entries stand on one line */
export function withLine(
  text: string,
  file: string,
  { key, entry, line }: { readonly key: string; readonly entry: string; readonly line: string },
): string {
  const config = configOf(text, file);
  const map = config.get(key, true);
  if (!isMap(map)) {
    const end = endOf(text, blocksOf(config));
    return `${text.slice(0, end)}\n  ${key}:\n    ${line}${text.slice(end)}`;
  }
  if (map.flow === true) {
    const [empty] = map.items.length === 0 ? blocksOf(config).filter((block) => block.key === key) : [];
    if (empty === undefined) throw new UsageError(`${file}: ${key} stands on one line. Write one line per entry.`);
    return `${text.slice(0, empty.valueStart).trimEnd()}\n    ${line}${text.slice(empty.valueEnd)}`;
  }
  const blocks = blocksOf(map);
  const before = blocks.find((block) => block.key > entry);
  if (before !== undefined) return `${text.slice(0, before.start)}${line}\n    ${text.slice(before.start)}`;
  const end = endOf(text, blocks);
  return `${text.slice(0, end)}\n    ${line}${text.slice(end)}`;
}

/** The file with one entry of a key as an older file has it: changed, added, or taken away with a key that it leaves empty. */
export function withEntryOf(
  text: string,
  older: string,
  file: string,
  { key, entry }: { readonly key: string; readonly entry: string },
): string {
  const before = entryOf(configOf(older, file), key, entry);
  const config = configOf(text, file);
  const now = entryOf(config, key, entry);
  if (before === undefined && now === undefined) return text;
  if (before !== undefined) {
    const value = older.slice(before.valueStart, trimmed(older, before.valueStart, before.valueEnd));
    // A block's value begins on a line of its own; what stands between it and the key belongs to it.
    const gap = older.slice(before.start, before.valueStart).slice(entry.length + 1);
    const line = `${entry}:${gap}${value}`;
    if (now === undefined) return withLine(text, file, { key, entry, line });
    return `${text.slice(0, now.start)}${line}${text.slice(trimmed(text, now.start, now.end))}`;
  }
  const map = config.get(key, true);
  const whole = isMap(map) && map.items.length === 1;
  const gone = whole ? blocksOf(config).find((block) => block.key === key) : now;
  if (gone === undefined) return text;
  return text.slice(0, lineStart(text, gone.start)) + text.slice(trimmed(text, gone.start, gone.end) + 1);
}

/** An entry of a key whose entries have a line each. */
function entryOf(config: YAMLMap, key: string, entry: string): Block | undefined {
  const map = config.get(key, true);
  return isMap(map) && map.flow !== true ? blocksOf(map).find((block) => block.key === entry) : undefined;
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

/** The map below `config`. @throws {UsageError} when the file has none */
export function configOf(text: string, file: string): YAMLMap {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error !== undefined) throw new UsageError(`${file} is not YAML: ${error.message.split("\n")[0] ?? ""}`);
  const config = document.get("config", true);
  if (!isMap(config)) throw new UsageError(`${file} has no config. Restore it from git.`);
  return config;
}

/** Where the entries of a map stand; those without a value, or whose key is no plain one, are left out. */
export function blocksOf(map: YAMLMap): Block[] {
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
