import { UsageError } from "../policies/finding.ts";

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
 * @throws {UsageError} when it does not answer, or not with a vector
 */
export async function queryPrometheus(prometheus: string, query: string): Promise<readonly Sample[]> {
  const url = URL.parse(`/api/v1/query?query=${encodeURIComponent(query)}`, prometheus);
  if (url === null) throw new UsageError(`"${prometheus}" is no URL of a Prometheus such as http://prometheus:9090.`);
  let answer: Answer | undefined;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
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
