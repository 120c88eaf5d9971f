import type { Finding } from "../policies/finding.ts";

/** A known fault of a package that is let pass, on purpose. */
export interface AuditExemption {
  /** As advisories are cited: `GHSA-35jh-r3h4-6jhm`. */
  readonly advisory: string;
  readonly package: string;
  /** Why it does no harm here. */
  readonly reason: string;
  /** Day after which somebody looks at it again: `2027-06-30`. */
  readonly until: string;
}

/** What `npm audit --json` prints, as far as it is read. https://docs.npmjs.com/cli/commands/npm-audit */
export interface AuditReport {
  readonly auditReportVersion: 2;
  readonly vulnerabilities: Readonly<Record<string, { readonly via: readonly (string | Advisory)[] }>>;
}

/** A fault of the package itself. What only depends on such a package is told by its name. */
interface Advisory {
  readonly name: string;
  readonly title: string;
  readonly url: string;
  readonly severity: string;
  /** Versions that have it. */
  readonly range: string;
}

const severities = ["info", "low", "moderate", "high", "critical"];

/**
 * Faults that are published and not exempt, and exemptions that have expired or that nothing needs any more.
 * @param today `2026-11-24`
 */
export function auditFindings(
  { vulnerabilities }: AuditReport,
  exemptions: readonly AuditExemption[],
  today: string,
): Finding[] {
  const advisories = Object.values(vulnerabilities)
    .flatMap(({ via }) => via.filter((each) => typeof each !== "string"))
    .filter(({ severity }) => severities.indexOf(severity) >= severities.indexOf("moderate"));
  const covers = (exemption: AuditExemption, advisory: Advisory): boolean =>
    exemption.package === advisory.name && exemption.advisory === idOf(advisory);
  return [
    ...advisories
      .filter((advisory) => !exemptions.some((exemption) => covers(exemption, advisory)))
      .map((advisory) => ({
        rule: "audit/advisory",
        place: `package-lock.json: ${advisory.name}`,
        problem: `${advisory.title} (${advisory.severity}, versions ${advisory.range}, ${advisory.url}).`,
        fix: "Take a version without it, or exempt it in delivery/audit-exemptions.ts with a reason and a date.",
      })),
    ...exemptions
      .filter((exemption) => !advisories.some((advisory) => covers(exemption, advisory)))
      .map((exemption) => ({
        rule: "audit/unused",
        place: placeOf(exemption),
        problem: "is exempt, and no locked version has it.",
        fix: "Remove the exemption.",
      })),
    ...exemptions
      .filter(({ until }) => until < today)
      .map((exemption) => ({
        rule: "audit/expired",
        place: placeOf(exemption),
        problem: `was exempt until ${exemption.until}: ${exemption.reason}`,
        fix: "Take a version without it, or look whether the reason still holds and give it a new date.",
      })),
  ];
}

function idOf({ url }: Advisory): string {
  return url.slice(url.lastIndexOf("/") + 1);
}

function placeOf(exemption: AuditExemption): string {
  return `delivery/audit-exemptions.ts: ${exemption.package} ${exemption.advisory}`;
}
