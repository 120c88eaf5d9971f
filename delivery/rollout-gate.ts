import { servicesJob } from "../components/microservice/monitoring.ts";
import type { Objective } from "../components/monitoring/objectives.ts";
import { failureBudget, slowBudget } from "../components/monitoring/objectives.ts";
import type { Finding } from "../policies/finding.ts";
import { UsageError } from "../policies/finding.ts";

/** Whose requests are judged, and since when. */
export interface Judged {
  readonly track: "canary" | "green";
  /** The `version` label of its pods. */
  readonly version: string;
  /** Length of the step so far. */
  readonly seconds: number;
}

/** What the requests of a step came to. Prometheus estimates between its samples, so that none is a whole number. */
export interface Measured {
  readonly requests: number;
  readonly failed: number;
  readonly slow: number;
}

/** Queries for each of {@link Measured}, in the names that the service's runtime has for its metrics. */
export function gateQueries(
  { service, runtime, latencyP95Ms }: Objective,
  { track, version, seconds }: Judged,
): Readonly<Record<keyof Measured, string>> {
  const [requests, status, durations, limit] =
    runtime === "go"
      ? (["http_server_requests_code_total", "code", "http_server_requests_duration_ms", latencyP95Ms] as const)
      : (["http_requests_total", "status", "http_request_duration_seconds", latencyP95Ms / 1000] as const);
  const matchers = [`job="${servicesJob}"`, `service="${service}"`, `track="${track}"`, `version="${version}"`];
  const window = `${Math.ceil(seconds)}s`;
  const counted = (metric: string, by: string, ...more: readonly string[]): string => {
    const series = `${metric}{${[...matchers, ...more].join(", ")}}`;
    // An increase begins with the first sample. A series that came within the step began at 0, and the first failure is
    // often all that there is: what it began with counts as well.
    const began = `(min_over_time(${series}[${window}]) unless ${series} offset ${window})`;
    return `sum${by} (increase(${series}[${window}])) + (sum${by} ${began} or sum${by} (increase(${series}[${window}])) * 0)`;
  };
  const buckets = counted(`${durations}_bucket`, " by (le)");
  return {
    requests: counted(requests, ""),
    failed: counted(requests, "", `${status}=~"5.."`),
    slow: `(1 - histogram_fraction(0, ${limit}, ${buckets})) * (${counted(`${durations}_count`, "")})`,
  };
}

/** Requests below which one that fails would be too many: a ratio cannot be judged by fewer. */
export function fewestRequests(objective: Objective): number {
  return Math.ceil(1 / Math.min(failureBudget(objective), slowBudget));
}

/**
 * Whether a step kept what the service promises.
 * @param fewest requests to judge by
 * @throws {UsageError} when there were fewer
 */
export function gateFindings(
  { requests, failed, slow }: Measured,
  objective: Objective,
  { track, seconds }: Judged,
  fewest: number,
): Finding[] {
  const place = `${objective.service} (${track})`;
  const minutes = `${Math.max(1, Math.round(seconds / 60))} min`;
  if (requests < fewest) {
    throw new UsageError(
      `${place} has had ${Math.floor(requests)} requests in ${minutes}, and ${fewest} are needed to judge it. ` +
        "Wait, or look at a longer time (--over) or at fewer requests (--samples); nothing was changed.",
    );
  }
  const judge = (rule: string, count: number, budget: number, what: string): Finding[] =>
    count / requests <= budget
      ? []
      : [
          {
            rule: `gate/${rule}`,
            place,
            problem: `${percent(count / requests)} of ${Math.round(requests)} requests in ${minutes} ${what}, and ${percent(budget)} may.`,
            fix: "Look at its logs and traces before trying it again.",
          },
        ];
  return [
    ...judge("failures", failed, failureBudget(objective), "failed"),
    ...judge("latency", slow, slowBudget, `took longer than ${objective.latencyP95Ms} ms`),
  ];
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`;
}
