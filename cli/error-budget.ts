import { UsageError } from "../policies/finding.ts";

/** Share of a service's monthly error budget that must be left to risk a deployment on. */
export const leastBudget = 0.1;

/** Recorded by the platform's rules: 1 is all of a month's budget, 0 and below none. */
const query = "suoke:failures:budget_left";

/** What is left of each service's error budget. @throws {UsageError} when Prometheus does not say */
export async function budgetLeft(prometheus: string): Promise<Readonly<Record<string, number>>> {
  const url = new URL(`/api/v1/query?query=${encodeURIComponent(query)}`, prometheus);
  let answer: unknown;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
    answer = response.ok ? await response.json() : undefined;
  } catch {
    answer = undefined;
  }
  const result = (answer as Answer | undefined)?.data?.result;
  if (result === undefined) {
    throw new UsageError(
      `Prometheus at ${url.host} did not say what is left of the error budget. Look at it, or say why that does not matter: --override "<reason>"`,
    );
  }
  return Object.fromEntries(result.map(({ metric, value }) => [metric["service"] ?? "all", Number(value[1])]));
}

interface Answer {
  readonly data?: {
    readonly result?: readonly {
      readonly metric: Readonly<Record<string, string>>;
      readonly value: readonly [number, string];
    }[];
  };
}
