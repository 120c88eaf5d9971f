import { structuredPatch } from "diff";

/** Unchanged lines that are shown around changed ones. */
const context = 2;

/** Whether a value is text that people read by line: a file of a ConfigMap, a script. */
export function isText(value: unknown): boolean {
  return typeof value === "string" && value.trimEnd().includes("\n");
}

/** What is different between two texts, line by line as in a unified diff, without its heading. */
export function changedLines(before: string, after: string): string[] {
  const { hunks } = structuredPatch("", "", before, after, undefined, undefined, { context });
  return hunks.flatMap(({ oldStart, newStart, lines }) => [`@@ ${oldStart} → ${newStart} @@`, ...lines]);
}
