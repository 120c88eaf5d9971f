import { shortHash } from "../../kubernetes/names.ts";
import type { EnvironmentReport, Report, ReportedFinding } from "../report.ts";
import type { Risk } from "../risk.ts";
import { atLeast } from "../risk.ts";
import { engineTitle } from "./text.ts";
import { xml } from "./xml.ts";

/** Where an object stands in the files of the repository. */
export interface Location {
  readonly path: string;
  readonly line: number;
}

/** The place of an object, for widgets that point to one. */
export type Locate = (environment: string, component: string, kind: string, name: string) => Location;

/**
 * GitLab's Terraform widget: how many are created, updated and deleted. What is replaced is deleted and created.
 * https://docs.gitlab.com/ci/yaml/artifacts_reports/#artifactsreportsterraform
 */
export function toTerraform({ environments }: Report): string {
  const sum = { create: 0, update: 0, delete: 0 };
  for (const { counts, engineOnly } of environments) {
    sum.create += counts.create + counts.replace;
    sum.update += counts.update;
    sum.delete += counts.delete + counts.replace;
    for (const { operation } of engineOnly) {
      if (operation === "create" || operation === "replace") sum.create += 1;
      if (operation === "delete" || operation === "replace") sum.delete += 1;
      if (operation === "update") sum.update += 1;
    }
  }
  return `${JSON.stringify(sum)}\n`;
}

const severities: Readonly<Record<Risk, "info" | "minor" | "major" | "critical" | "blocker">> = {
  "data-loss": "blocker",
  replacement: "critical",
  "traffic-interruption": "critical",
  "security-weakening": "major",
  restart: "minor",
  safe: "info",
};

/** A finding and the thing that it is about. */
interface Told {
  readonly environment: string;
  readonly title: string;
  readonly id: string;
  readonly finding: ReportedFinding;
  readonly location: Location;
}

function toldOf({ name, changes, engineOnly }: EnvironmentReport, locate: Locate): Told[] {
  return [
    ...changes.flatMap((change) =>
      change.findings.map((finding) => ({
        environment: name,
        title: `${change.operation} ${change.kind} ${change.name}`,
        id: change.id,
        finding,
        location: locate(name, change.component, change.kind, change.name),
      })),
    ),
    ...engineOnly.flatMap((each) =>
      each.findings.map((finding) => ({
        environment: name,
        title: engineTitle(each),
        id: shortHash(each.urn),
        finding,
        location: locate(name, "", "", ""),
      })),
    ),
  ];
}

/**
 * GitLab's code quality widget: everything that is not safe, at the object's place in its golden file.
 * https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
 */
export function toCodeQuality({ environments }: Report, locate: Locate): string {
  const issues = environments
    .flatMap((environment) => toldOf(environment, locate))
    .filter(({ finding }) => finding.risk !== "safe")
    .map(({ environment, title, id, finding, location }) => ({
      description: `${environment}: ${title}: ${finding.reason}${finding.approved ? " (approved)" : ""}`,
      check_name: finding.rule,
      // The same for the same change, so that GitLab can tell what is new from what was there before.
      fingerprint: shortHash([environment, id, finding.rule, finding.reason, ...finding.paths].join("\n")),
      severity: finding.approved ? "info" : severities[finding.risk],
      location: { path: location.path, lines: { begin: location.line } },
    }));
  return `${JSON.stringify(issues, null, 2)}\n`;
}

/**
 * GitLab's test widget: a suite per environment and a case per finding, of which those fail that fail the report.
 * https://docs.gitlab.com/ci/testing/unit_test_reports/
 */
export function toJunit({ environments, failOn }: Report, locate: Locate): string {
  const suites = environments.map((environment) => {
    const cases = toldOf(environment, locate);
    const fails = ({ finding: { risk, approved } }: Told): boolean =>
      failOn !== undefined && !approved && atLeast(risk, failOn);
    const head = `  <testsuite name="${xml(environment.name)}" tests="${cases.length}" failures="${cases.filter(fails).length}">`;
    return [head, ...cases.map((told) => testCase(told, fails(told))), "  </testsuite>"].join("\n");
  });
  return ['<?xml version="1.0" encoding="UTF-8"?>', "<testsuites>", ...suites, "</testsuites>", ""].join("\n");
}

function testCase({ environment, title, finding, location }: Told, failed: boolean): string {
  const attributes = `classname="${xml(environment)}" name="${xml(`${title} [${finding.rule}]`)}" file="${xml(location.path)}" time="0"`;
  if (!failed) return `    <testcase ${attributes}/>`;
  const message = `${finding.reason}${finding.paths.length === 0 ? "" : ` (${finding.paths.join(", ")})`}`;
  return `    <testcase ${attributes}><failure type="${finding.risk}" message="${xml(finding.reason)}">${xml(message)}</failure></testcase>`;
}
