import { delimiter, dirname } from "node:path";
import { auditExemptions } from "../delivery/audit-exemptions.ts";
import type { AuditReport } from "../delivery/audit.ts";
import { auditFindings } from "../delivery/audit.ts";
import { root } from "../local/paths.ts";
import { runProgram } from "../local/process.ts";
import { UsageError, refuse } from "../policies/finding.ts";

/** Seconds that the registry may take. */
const limit = 5 * 60;

/**
 * Asks npm's registry for known faults of the locked packages.
 * @param today `2026-11-24`
 * @throws {Findings} with those that are not exempt
 * @throws {UsageError} when the registry does not answer: nothing is known then, which is not the same as nothing found
 */
export async function auditCommand(today: string): Promise<void> {
  const { output } = await runProgram({
    command: "npm",
    args: ["audit", "--json", "--package-lock-only", "--loglevel=silent"],
    cwd: root,
    env: { PATH: [dirname(process.execPath), process.env["PATH"] ?? ""].join(delimiter) },
    limit,
  });
  refuse(auditFindings(reportIn(output), auditExemptions, today));
  process.stdout.write(
    `No locked npm package has a known fault that is not exempt (${auditExemptions.length} exempt).\n`,
  );
}

function reportIn(output: string): AuditReport {
  let said: Partial<AuditReport> & { readonly message?: string };
  try {
    said = JSON.parse(output.slice(output.indexOf("{"))) as typeof said;
  } catch {
    said = { message: output.trim() === "" ? "npm said nothing" : output.trim().slice(0, 500) };
  }
  if (said.auditReportVersion === 2 && said.vulnerabilities !== undefined) return said as AuditReport;
  throw new UsageError(
    `The npm registry could not be asked for known faults: ${said.message ?? "its answer has another form"}. ` +
      "Set npm_config_registry to one that answers POST /-/npm/v1/security/advisories/bulk.",
  );
}
