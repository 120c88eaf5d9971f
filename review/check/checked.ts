import type { Finding } from "../../policies/finding.ts";
import type { Waived } from "../../policies/hardening/hardening.ts";

/** A stack, as the rules find it. */
export interface Checked {
  /** `dev`, `cluster/local` */
  readonly name: string;
  /** What must not be applied as it is. */
  readonly findings: readonly Finding[];
  /** What is exempt from a rule, with the exemption. */
  readonly waived: readonly Waived[];
  /** Ids of the rules that hold here, kept or not. */
  readonly rules: readonly string[];
}

/** Where something stands in the files of the repository. */
export interface Line {
  readonly path: string;
  readonly line: number;
}

/** The line of what a finding is about. */
export type LocateFinding = (stack: string, finding: Finding) => Line;

/** Findings by rule, in the order of the rules. */
export function byRule({ rules, findings }: Checked): ReadonlyMap<string, readonly Finding[]> {
  const found = Map.groupBy(findings, ({ rule }) => rule);
  return new Map([...new Set([...rules, ...found.keys()])].map((rule) => [rule, found.get(rule) ?? []]));
}
