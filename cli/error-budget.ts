import { UsageError } from "../policies/finding.ts";
import { endpoint } from "./endpoint.ts";
import { queryPrometheus } from "./prometheus.ts";

/** Share of a service's monthly error budget that must be left to risk a deployment on. */
export const leastBudget = 0.1;

/** Recorded by the platform's rules: 1 is all of a month's budget, 0 and below none. */
const query = "suoke:failures:budget_left";

/**
 * What is left of each service's error budget, as a share of it; NaN of one that has had no requests.
 * @throws {UsageError} when Prometheus does not say. It says nothing of any service where its rules are not ours, or new
 */
export async function budgetLeft(prometheus: string): Promise<Readonly<Record<string, number>>> {
  const samples = await queryPrometheus(prometheus, query).catch((error: unknown) => {
    if (!(error instanceof UsageError)) throw error;
    throw unknown(error.message);
  });
  if (samples.length === 0) {
    const { host } = endpoint(prometheus, "Prometheus").url;
    throw unknown(`${host} has no ${query}: is it this environment's Prometheus?`);
  }
  return Object.fromEntries(samples.map(({ metric, value }) => [metric["service"] ?? "all", value]));
}

function unknown(reason: string): UsageError {
  return new UsageError(
    `What is left of the error budget is not known: ${reason} Or say why that does not matter: --override "<reason>"`,
  );
}
