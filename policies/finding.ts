import { closest, distance } from "fastest-levenshtein";

/** Something that must not be applied as it is. */
export interface Finding<Rule extends string = string> {
  /** Stable id of the rule, for exemptions and reports. */
  readonly rule: Rule;
  /** Where it stands: a file and path, or an object. */
  readonly place: string;
  /** What is wrong, with the value. */
  readonly problem: string;
  /** What to do. */
  readonly fix: string;
}

/** All findings of one look at the platform: exit code 1. Nothing has been changed when it is thrown. */
export class Findings extends Error {
  override readonly name = "Findings";
  readonly findings: readonly Finding[];

  constructor(findings: readonly Finding[]) {
    const count = findings.length === 1 ? "1 finding" : `${findings.length} findings`;
    super([`${count}; nothing was changed.`, ...findings.map(describeFinding)].join("\n"));
    this.findings = findings;
  }
}

/** @throws {Findings} when there are any */
export function refuse(findings: readonly Finding[]): void {
  if (findings.length > 0) throw new Findings(findings);
}

/** Wrong use, or something that could not be judged, such as a cluster that does not answer: exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

function describeFinding({ rule, place, problem, fix }: Finding): string {
  return `  ${place}: ${problem} ${fix} [${rule}]`;
}

/** `Did you mean "images"?`, or what there is to choose from when nothing is near. */
export function suggest(word: string, known: readonly string[]): string {
  const nearest = known.length === 0 ? undefined : closest(word, known);
  if (nearest !== undefined && distance(word, nearest) <= Math.max(2, word.length / 4))
    return `Did you mean "${nearest}"?`;
  return known.length === 0 ? "Nothing is known there." : `Known: ${known.join(", ")}.`;
}
