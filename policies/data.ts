import type { Partitioned } from "../catalogue/partitions.ts";
import type { Service } from "../catalogue/service.ts";
import { budgetProblems, connectionBudgets } from "../components/postgres/budget.ts";
import { retentionProblems, sizeProblems } from "../components/postgres/tuning.ts";
import type { EnvironmentData } from "../stacks/environment.ts";
import { databaseClients } from "../stacks/systems.ts";
import type { DataFinding, RuleOf } from "./ids.ts";

/** Data systems that their users could exhaust, or that could not be restored. */
export function dataFindings(
  running: readonly Service<string>[],
  data: EnvironmentData<string>,
  partitioned: readonly Partitioned[],
): DataFinding[] {
  const { postgres } = data.systems;
  if (postgres.kind !== "managed") return [];
  const place = `stacks/${data.name}.ts: systems.postgres`;
  const finding = (rule: RuleOf<"data">, problem: string, fix: string): DataFinding => ({
    rule: `data/${rule}`,
    place,
    problem,
    fix,
  });
  return [
    ...sizeProblems(postgres).map((problem) => finding("size", problem, "")),
    ...retentionProblems(postgres, partitioned).map((problem) =>
      finding("retention", problem, "Raise storage.data, or keep fewer quarters."),
    ),
    ...budgetProblems(connectionBudgets(postgres, databaseClients(running, data))).map((problem) =>
      finding("connections", problem, "Add poolers, raise maxConnections, or lower pools or scales."),
    ),
    ...(data.recoverable && postgres.backups.kind === "none"
      ? [finding("backups", "has no backups, and this environment must be recoverable.", "Give it an object store.")]
      : []),
  ];
}
