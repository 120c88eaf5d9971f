import { UsageError, suggest } from "../policies/finding.ts";
import { engineRules } from "./engine.ts";
import type { EnvironmentReport, Report, ReportedFinding } from "./report.ts";
import type { Risk } from "./risk.ts";
import { atLeast, risks, worst } from "./risk.ts";
import { fallbacks, rules } from "./rules.ts";

/** What may be in a report without failing it. */
export interface Verdict {
  /** The least class that fails; nothing fails without one. */
  readonly failOn?: Risk;
  /** Classes and rules that somebody has approved. */
  readonly approved: readonly string[];
}

/** Label on a merge request by which somebody approves a class or a rule. */
export const approvalLabel = "approve:";

/**
 * The classes and rules that options and labels approve.
 * @throws {UsageError} for one that does not exist: a misspelt approval would be taken for none
 */
export function approvals(options: readonly string[], labels: readonly string[]): string[] {
  const known: readonly string[] = [...risks, ...[...rules, ...fallbacks].map(({ id }) => id), ...engineRules];
  const wanted = [
    ...options,
    ...labels
      .map((label) => label.trim())
      .flatMap((label) => (label.startsWith(approvalLabel) ? [label.slice(approvalLabel.length)] : [])),
  ];
  for (const each of wanted) {
    if (!known.includes(each))
      throw new UsageError(`There is no class or rule "${each}" to approve. ${suggest(each, known)}`);
  }
  return [...new Set(wanted)].sort();
}

/** Marks what was approved, and says whether the rest passes. */
export function judged(
  report: Omit<Report, "failOn" | "approved" | "passed" | "risk">,
  { failOn, approved }: Verdict,
): Report {
  const mark = (finding: ReportedFinding): ReportedFinding => ({
    ...finding,
    approved: approved.includes(finding.risk) || approved.includes(finding.rule),
  });
  const environments = report.environments.map((environment) => ({
    ...environment,
    changes: environment.changes.map((change) => ({ ...change, findings: change.findings.map(mark) })),
    engineOnly: environment.engineOnly.map((each) => ({ ...each, findings: each.findings.map(mark) })),
  }));
  return {
    ...report,
    environments,
    risk: worst(environments.map(({ risk }) => risk)),
    ...(failOn === undefined ? {} : { failOn }),
    approved: [...approved],
    passed: environments.every((environment) => unapproved(environment, failOn).length === 0),
  };
}

/** Findings that fail a report: at or above the limit, and approved by nobody. */
export function unapproved(environment: EnvironmentReport, failOn: Risk | undefined): ReportedFinding[] {
  if (failOn === undefined) return [];
  return [...environment.changes, ...environment.engineOnly]
    .flatMap(({ findings }) => findings)
    .filter(({ risk, approved }) => !approved && atLeast(risk, failOn));
}
