import type { Slo, Team } from "../../catalogue/service.ts";

/** What a service promises in an environment, and who is woken when it does not hold. */
export interface Objective extends Slo {
  readonly service: string;
  readonly team: Team;
  /** Whose metrics it has: the plan's names, or those of go-zero. */
  readonly runtime: "python" | "go";
}

/**
 * A pair of windows and how many times faster than allowed the budget may burn in both
 * (https://sre.google/workbook/alerting-on-slos/, "Multiwindow, Multi-Burn-Rate Alerts").
 * The long one says that it matters, the short one that it still happens.
 */
export interface BurnRate {
  readonly factor: number;
  readonly long: Window;
  readonly short: Window;
  readonly severity: "critical" | "warning";
}

/** Windows by name, in seconds. */
export const windows = {
  "5m": 300,
  "30m": 1_800,
  "1h": 3_600,
  "2h": 7_200,
  "6h": 21_600,
  "1d": 86_400,
  "3d": 259_200,
} as const;
export type Window = keyof typeof windows;

export const burnRates: readonly BurnRate[] = [
  // 2 % of a month's budget in an hour, 5 % in six hours, 10 % in a day, 10 % in three days.
  { factor: 14.4, long: "1h", short: "5m", severity: "critical" },
  { factor: 6, long: "6h", short: "30m", severity: "critical" },
  { factor: 3, long: "1d", short: "2h", severity: "warning" },
  { factor: 1, long: "3d", short: "6h", severity: "warning" },
];

/** Days that a budget is for. */
export const budgetDays = 30;

/** Share of requests that may be slower than the latency objective: it is a 95th percentile. */
export const slowBudget = 0.05;

/** Share of requests that may fail: whichever of error rate and availability promises more. */
export function failureBudget({ errorRatio, availability }: Slo): number {
  return round(Math.min(errorRatio, 1 - availability));
}

/** Minutes per budget period that a share amounts to. */
export function budgetMinutes(share: number): number {
  return round(share * budgetDays * 24 * 60);
}

/** 1 − 0.9999 is not quite 0.0001 to a computer. */
export function round(value: number): number {
  return Number(value.toPrecision(12));
}
