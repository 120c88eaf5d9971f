import type { Deployment, Entry } from "./ledger.ts";
import { deployments } from "./ledger.ts";

/** The four measures of DORA (https://dora.dev/guides/dora-metrics-four-keys/) over some days. Times are in seconds. */
export interface Dora {
  readonly environment: string;
  readonly days: number;
  readonly deployments: number;
  readonly perDay: number;
  /** Median time from the commit of a source to its healthy deployment; nothing when nothing was deployed. */
  readonly leadTime: number | undefined;
  /** Share of deployments that failed or were taken back. */
  readonly failureRate: number | undefined;
  /** Median time from a failed or withdrawn deployment to the next healthy one. */
  readonly timeToRestore: number | undefined;
}

/** @param now ISO 8601 */
export function dora(entries: readonly Entry[], environment: string, now: string, days: number): Dora {
  const since = Date.parse(now) - days * 86_400_000;
  const recent = entries.filter(({ at }) => Date.parse(at) > since && Date.parse(at) <= Date.parse(now));
  const made = deployments(recent);
  const failures = recent.filter((entry) => isFailure(entry, recent));
  const healthy = made.filter(({ result }) => result === "healthy");
  return {
    environment,
    days,
    deployments: made.length,
    perDay: made.length / days,
    leadTime: median(healthy.flatMap(leadTimes)),
    failureRate: made.length === 0 ? undefined : Math.min(1, failures.length / made.length),
    timeToRestore: median(
      failures.flatMap((failure) => {
        const restored = healthy.find(({ at }) => Date.parse(at) > Date.parse(failure.at));
        return restored === undefined ? [] : [seconds(failure.at, restored.at)];
      }),
    ),
  };
}

/** What is withdrawn after a deployment that failed is the same failure. */
function isFailure(entry: Entry, entries: readonly Entry[]): boolean {
  if (entry.kind === "deployment") return entry.result === "failed";
  const before = entries.slice(0, entries.indexOf(entry)).findLast(({ kind }) => kind === "deployment");
  return !(before?.kind === "deployment" && before.result === "failed");
}

function leadTimes({ at, committed }: Deployment): number[] {
  return Object.values(committed).map((commit) => seconds(commit, at));
}

function seconds(from: string, to: string): number {
  return Math.max(0, (Date.parse(to) - Date.parse(from)) / 1000);
}

function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const [low, high] = [sorted[middle - 1], sorted[middle]];
  if (high === undefined) return undefined;
  return sorted.length % 2 === 1 || low === undefined ? high : (low + high) / 2;
}

/** The measures and what runs now, in Prometheus' text format. */
export function metrics(measures: readonly Dora[], ledgers: Readonly<Record<string, readonly Entry[]>>): string {
  const family = (name: string, help: string, samples: readonly (readonly [Labels, number | undefined])[]): string => {
    const lines = samples.flatMap(([labels, value]) =>
      value === undefined ? [] : [`${name}${format(labels)} ${value}`],
    );
    return lines.length === 0 ? "" : [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, ...lines, ""].join("\n");
  };
  const measured = (read: (measure: Dora) => number | undefined): [Labels, number | undefined][] =>
    measures.map((measure) => [{ environment: measure.environment }, read(measure)]);
  const current = Object.entries(ledgers).flatMap(([environment, entries]) => {
    const last = deployments(entries).findLast(({ result }) => result === "healthy");
    return last === undefined ? [] : [{ environment, last }];
  });
  return [
    family(
      "suoke_deploy_info",
      "What an environment runs; always 1.",
      current.flatMap(({ environment, last }) =>
        Object.entries(last.images).map(([service, version]): [Labels, number] => [
          { environment, service, version, commit: last.commit },
          1,
        ]),
      ),
    ),
    family(
      "suoke_deploy_timestamp_seconds",
      "When an environment was last deployed in good health.",
      current.map(({ environment, last }) => [{ environment }, Date.parse(last.at) / 1000]),
    ),
    family(
      "suoke_delivery_deployments_per_day",
      "Deployments per day.",
      measured(({ perDay }) => perDay),
    ),
    family(
      "suoke_delivery_lead_time_seconds",
      "Median time from commit to deployment.",
      measured((one) => one.leadTime),
    ),
    family(
      "suoke_delivery_failure_ratio",
      "Share of deployments that failed.",
      measured((one) => one.failureRate),
    ),
    family(
      "suoke_delivery_restore_seconds",
      "Median time to restore.",
      measured((one) => one.timeToRestore),
    ),
  ].join("");
}

type Labels = Readonly<Record<string, string>>;

function format(labels: Labels): string {
  const quoted = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return `{${quoted.join(",")}}`;
}
