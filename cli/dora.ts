import type { Dora } from "../delivery/dora.ts";
import { dora, metrics } from "../delivery/dora.ts";
import type { Entry } from "../delivery/ledger.ts";
import { UsageError } from "../policies/finding.ts";
import { environmentNames } from "../stacks/environment.ts";
import { environmentNamed } from "../stacks/load.ts";
import { below, endpoint } from "./endpoint.ts";
import { readLedger } from "./ledger-branch.ts";

export interface DoraOptions {
  readonly days: string;
  readonly metrics?: true;
  readonly pushGateway?: string;
}

/** The four measures of delivery, from the ledger. */
export async function doraCommand(names: readonly string[], options: DoraOptions): Promise<void> {
  const days = Number(options.days);
  if (!Number.isInteger(days) || days < 1) throw new UsageError(`"${options.days}" is no number of days (--days).`);
  const environments = names.length === 0 ? environmentNames : names.map(environmentNamed);
  const ledgers: Record<string, readonly Entry[]> = {};
  // One after the other: git fetches into one place.
  for (const name of environments) ledgers[name] = await readLedger(name);
  const now = new Date().toISOString();
  const measures = environments.map((name) => dora(ledgers[name] ?? [], name, now, days));
  const text = metrics(measures, ledgers);
  process.stdout.write(options.metrics === true ? text : `${measures.map(describe).join("\n")}\n`);
  if (options.pushGateway !== undefined && options.pushGateway !== "") await send(options.pushGateway, text);
}

function describe({ environment, days, deployments, leadTime, failureRate, timeToRestore }: Dora): string {
  const measured = (value: number | undefined, format: (value: number) => string): string =>
    value === undefined ? "nothing to measure" : format(value);
  return [
    `${environment}, last ${days} days:`,
    `  deployments      ${deployments} (${(deployments / days).toFixed(2)} per day)`,
    `  lead time        ${measured(leadTime, hours)}`,
    `  failure rate     ${measured(failureRate, (share) => `${Math.round(share * 100)} %`)}`,
    `  time to restore  ${measured(timeToRestore, hours)}`,
  ].join("\n");
}

function hours(seconds: number): string {
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

/** Replaces what the gateway has of us. @throws {UsageError} when it does not take it */
async function send(gateway: string, text: string): Promise<void> {
  const { url, headers } = endpoint(gateway, "the push gateway");
  const place = below({ url, headers }, "/metrics/job/suoke_delivery");
  try {
    const response = await fetch(place, { method: "PUT", headers, body: text, signal: AbortSignal.timeout(10_000) });
    if (response.ok) return;
    throw new UsageError(
      `The push gateway at ${url.host} refused the measures: ${response.status} ${await response.text()}`,
    );
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(
      `The push gateway at ${url.host} did not answer. The measures are kept in the ledger; send them later.`,
    );
  }
}
