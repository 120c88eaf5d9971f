import type { Finding } from "../policies/finding.ts";

/** A time in which nothing changes without a reason. */
export interface Freeze {
  /** ISO 8601; the first moment in it. */
  readonly from: string;
  /** ISO 8601; the first moment after it. */
  readonly to: string;
  readonly reason: string;
}

/** @param now ISO 8601 */
export function freezeFindings(freezes: readonly Freeze[], environment: string, now: string): Finding[] {
  const at = Date.parse(now);
  return freezes
    .filter(({ from, to }) => at >= Date.parse(from) && at < Date.parse(to))
    .map(({ to, reason }) => ({
      rule: "delivery/freeze",
      place: environment,
      problem: `is frozen until ${to}: ${reason}.`,
      fix: 'Wait, or say why it cannot wait: --override "<reason>". The reason goes into the ledger.',
    }));
}

/**
 * Whether the errors of the last weeks leave room for the risk of a deployment.
 * @param remaining share of each service's error budget that is left, 1 to −∞
 * @param least share that a deployment needs
 */
export function budgetFindings(
  remaining: Readonly<Record<string, number>>,
  environment: string,
  least: number,
): Finding[] {
  return Object.entries(remaining)
    .filter(([, share]) => share < least)
    .sort(([, one], [, other]) => one - other)
    .map(([service, share]) => ({
      rule: "delivery/error-budget",
      place: `${environment}: ${service}`,
      problem: `has ${Math.round(share * 100)} % of its error budget left, and a deployment needs ${Math.round(least * 100)} %.`,
      fix: 'Mend it first, or say why this deployment does: --override "<reason>".',
    }));
}
