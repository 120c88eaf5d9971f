import { existsSync, readFileSync, readdirSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { load } from "js-yaml";
import type { PublishedAdvisory } from "../delivery/advisories.ts";
import { advisoryOf, affects, lockedPackages, publishedAdvisory } from "../delivery/advisories.ts";
import { auditExemptions } from "../delivery/audit-exemptions.ts";
import type { Advisory, AuditReport } from "../delivery/audit.ts";
import { advisoriesOf, auditFindings } from "../delivery/audit.ts";
import { root } from "../local/paths.ts";
import { runProgram } from "../local/process.ts";
import { UsageError, refuse } from "../policies/finding.ts";

/** Seconds that the registry may take. */
const limit = 5 * 60;

export interface AuditOptions {
  /** A copy of GitLab's advisory database, where the registry cannot be asked. */
  readonly advisories?: string;
}

/**
 * Asks npm's registry, or a copy of an advisory database, for known faults of the locked packages.
 * @param today `2026-11-24`
 * @throws {Findings} with those that are not exempt
 * @throws {UsageError} when there is no answer: nothing is known then, which is not the same as nothing found
 */
export async function auditCommand({ advisories: folder }: AuditOptions, today: string): Promise<void> {
  const { advisories, source } = folder === undefined ? await fromRegistry() : fromDatabase(folder);
  refuse(auditFindings(advisories, auditExemptions, today));
  process.stdout.write(
    `No locked npm package has a known fault that is not exempt (${auditExemptions.length} exempt${source}).\n`,
  );
}

/** What is known, and by whom. */
interface Known {
  readonly advisories: readonly Advisory[];
  readonly source: string;
}

async function fromRegistry(): Promise<Known> {
  const { output } = await runProgram({
    command: "npm",
    args: ["audit", "--json", "--package-lock-only", "--loglevel=silent"],
    cwd: root,
    env: { PATH: [dirname(process.execPath), process.env["PATH"] ?? ""].join(delimiter) },
    limit,
  });
  return { advisories: advisoriesOf(reportIn(output)), source: "" };
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
      "Set npm_config_registry to one that answers POST /-/npm/v1/security/advisories/bulk, or give a copy of GitLab's " +
      "advisory database: ./suoke audit --advisories <folder>.",
  );
}

/** An old copy says little: the answer names the day of what is newest in it, of the packages that are locked. */
function fromDatabase(folder: string): Known {
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as Parameters<
    typeof lockedPackages
  >[0];
  const compared = lockedPackages(lock).flatMap((locked) =>
    publishedFor(folder, locked.name).map((published) => ({ locked, published })),
  );
  const newest = compared
    .map(({ published }) => published.date)
    .sort()
    .at(-1);
  if (newest === undefined) {
    throw new UsageError(
      `${folder} has no advisory for any locked package, so that nothing is known. Give the folder of a copy of ` +
        "https://gitlab.com/gitlab-org/security-products/gemnasium-db, the one with npm/ in it.",
    );
  }
  return {
    advisories: compared
      .filter(({ locked, published }) => affects(published, locked))
      .map(({ locked, published }) => advisoryOf(published, locked)),
    source: `; advisories compared: ${compared.length}, the newest of ${newest}`,
  };
}

function publishedFor(folder: string, name: string): PublishedAdvisory[] {
  const ofPackage = join(folder, "npm", name);
  if (!existsSync(ofPackage)) return [];
  return readdirSync(ofPackage)
    .filter((file) => file.endsWith(".yml"))
    .sort()
    .map((file) => {
      try {
        return publishedAdvisory(load(readFileSync(join(ofPackage, file), "utf8")));
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new UsageError(`${join(ofPackage, file)} is no advisory that can be read: ${reason}`);
      }
    });
}
