import { UsageError } from "../policies/finding.ts";
import { below, endpoint } from "./endpoint.ts";

interface Answer {
  readonly status?: string;
  readonly error?: string;
  readonly data?: {
    readonly result?: readonly {
      readonly metric: Readonly<Record<string, string>>;
      readonly value: readonly [number, string];
    }[];
  };
}

/** One value of an answer, with its labels. */
export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

/**
 * What Prometheus answers to a query now.
 * @param prometheus its URL
 * @throws {UsageError} when there is none at the URL, or it does not answer with a vector
 */
export async function queryPrometheus(prometheus: string, query: string): Promise<readonly Sample[]> {
  const at = endpoint(prometheus, "Prometheus");
  const url = below(at, `/api/v1/query?query=${encodeURIComponent(query)}`);
  let answer: Answer | undefined;
  try {
    const response = await fetch(url, { headers: at.headers, signal: AbortSignal.timeout(10_000) });
    answer = (await response.json()) as Answer;
  } catch {
    answer = undefined;
  }
  const result = answer?.data?.result;
  if (result === undefined) {
    const reason = answer?.error === undefined ? "" : ` (${answer.error})`;
    throw new UsageError(`Prometheus at ${url.host} did not answer${reason}. Look at it; nothing was changed.`);
  }
  return result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
}
