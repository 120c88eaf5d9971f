import { budgetMinutes, burnRates, failureBudget, round, slowBudget } from "../components/monitoring/objectives.ts";
import type { Objective } from "../components/monitoring/objectives.ts";
import { root } from "../local/paths.ts";
import { environmentNamed, loadEnvironment } from "../stacks/load.ts";
import { objectivesOf } from "../stacks/monitoring.ts";
import { runningServices } from "../stacks/platform.ts";
import { tableLines } from "./table.ts";

/** Prints what each service promises in an environment, and from which ratio on somebody is told. */
export function sloCommand(env: string): void {
  const environment = loadEnvironment(environmentNamed(env), root);
  process.stdout.write(sloTable(objectivesOf(environment, runningServices(environment).values())));
}

/** The objectives as a table: budgets per 30 days, and the ratio of failures above which each pair of windows alerts. */
export function sloTable(objectives: readonly Objective[]): string {
  const heads = burnRates.map(({ factor, long, short, severity }) => `${factor}x ${long}/${short} ${severity}`);
  const rows = objectives.map((objective) => {
    const budget = failureBudget(objective);
    return [
      objective.service,
      `${objective.latencyP95Ms} ms`,
      percent(slowBudget),
      percent(budget),
      `${round(Number(budgetMinutes(budget).toFixed(2)))} min`,
      ...burnRates.map(({ factor }) => percent(factor * budget)),
    ];
  });
  const table = [["service", "P95 below", "may be slower", "may fail", "budget of 30 d", ...heads], ...rows];
  return `${tableLines(table).join("\n")}\n`;
}

function percent(share: number): string {
  return `${round(share * 100)} %`;
}
