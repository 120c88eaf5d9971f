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
  readonly vulnerabilities: Readonly<Record<string, { readonly via: readonly (string | NpmAdvisory)[] }>>;
}

/** A fault of the package itself, as npm tells it. What only depends on such a package is told by its name. */
interface NpmAdvisory {
  readonly name: string;
  readonly title: string;
  readonly url: string;
  readonly severity: string;
  readonly range: string;
}

/** A published fault that a locked package has. */
export interface Advisory {
  readonly package: string;
  readonly title: string;
  readonly url: string;
  /** Every name that it is cited by: `GHSA-35jh-r3h4-6jhm`, `CVE-2021-23337`. */
  readonly ids: readonly string[];
  /** `high`, where it is told. */
  readonly severity?: string;
  /** Versions that have it. */
  readonly range: string;
}

const severities = ["info", "low", "moderate", "high", "critical"];

/** What npm reports, from moderate severity on. */
export function advisoriesOf({ vulnerabilities }: AuditReport): Advisory[] {
  return Object.values(vulnerabilities)
    .flatMap(({ via }) => via.filter((each) => typeof each !== "string"))
    .filter(({ severity }) => severities.indexOf(severity) >= severities.indexOf("moderate"))
    .map(({ name, url, ...advisory }) => ({
      ...advisory,
      package: name,
      url,
      ids: [url.slice(url.lastIndexOf("/") + 1)],
    }));
}

/**
 * Faults that are published and not exempt, and exemptions that have expired or that nothing needs any more.
 * @param today `2026-11-24`
 */
export function auditFindings(
  advisories: readonly Advisory[],
  exemptions: readonly AuditExemption[],
  today: string,
): Finding[] {
  const covers = (exemption: AuditExemption, advisory: Advisory): boolean =>
    exemption.package === advisory.package && advisory.ids.includes(exemption.advisory);
  return [
    ...advisories
      .filter((advisory) => !exemptions.some((exemption) => covers(exemption, advisory)))
      .map((advisory) => ({
        rule: "audit/advisory",
        place: `package-lock.json: ${advisory.package}`,
        problem: `${advisory.title} (${[advisory.severity, `versions ${advisory.range}`, advisory.url].filter(Boolean).join(", ")}).`,
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

function placeOf(exemption: AuditExemption): string {
  return `delivery/audit-exemptions.ts: ${exemption.package} ${exemption.advisory}`;
}
