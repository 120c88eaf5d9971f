import type { Objective } from "../components/monitoring/objectives.ts";
import type { Judged, Measured } from "../delivery/rollout-gate.ts";
import { gateQueries } from "../delivery/rollout-gate.ts";
import { UsageError } from "../policies/finding.ts";
import { queryPrometheus } from "./prometheus.ts";

/** Asks Prometheus what the requests of a step came to. @throws {UsageError} when it cannot say */
export async function measure(prometheus: string, objective: Objective, judged: Judged): Promise<Measured> {
  const queries = gateQueries(objective, judged);
  const ask = async (query: string): Promise<number | undefined> =>
    (await queryPrometheus(prometheus, query))[0]?.value;
  const [requests = 0, failed = 0, slow] = await Promise.all([
    ask(queries.requests),
    // Without a failure there is no series of failures.
    ask(queries.failed),
    ask(queries.slow),
  ]);
  if (requests > 0 && (slow === undefined || Number.isNaN(slow))) {
    throw new UsageError(
      `Prometheus knows requests of ${objective.service} (${judged.track}), and not how long they took: docs/metrics.md says what a service has to count.`,
    );
  }
  return { requests, failed, slow: requests > 0 ? (slow ?? 0) : 0 };
}
