import { judged } from "../../review/approval.ts";
import { environmentReport } from "../../review/build.ts";
import type { Placed, PlainObject } from "../../review/change.ts";
import type { EnvironmentReport, Report } from "../../review/report.ts";
import { reportVersion } from "../../review/report.ts";
import type { Risk } from "../../review/risk.ts";

/** A report on environments, as the command makes it. */
export function reportOf(
  environments: readonly EnvironmentReport[],
  verdict: { readonly failOn?: Risk; readonly approved?: readonly string[] } = {},
): Report {
  return judged(
    {
      version: reportVersion,
      purpose: "change",
      from: "main (1a2b3c4)",
      to: "the working tree",
      environments: [...environments],
    },
    { approved: [], ...verdict },
  );
}

/** What changes between objects of one component. */
export function changeOf(
  before: readonly PlainObject[],
  after: readonly PlainObject[],
  { name = "dev", component = "web" }: { readonly name?: string; readonly component?: string } = {},
): EnvironmentReport {
  const placed = (objects: readonly PlainObject[]): Placed[] => objects.map((object) => ({ component, object }));
  return environmentReport(name, placed(before), placed(after));
}
