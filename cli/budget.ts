import type { Budget } from "../components/postgres/budget.ts";
import { connectionBudgets } from "../components/postgres/budget.ts";
import { memoryBudget } from "../components/postgres/tuning.ts";
import { root } from "../local/paths.ts";
import { UsageError } from "../policies/finding.ts";
import { environmentNamed, loadEnvironment } from "../stacks/load.ts";
import { runningServices } from "../stacks/platform.ts";
import { databaseClients } from "../stacks/systems.ts";

/**
 * Exit code 1 when more may be asked for than there is.
 * @throws {UsageError} when the environment has no PostgreSQL of its own
 */
export function budgetCommand(env: string, { json }: { readonly json?: true }): void {
  const name = environmentNamed(env);
  const environment = loadEnvironment(name, root);
  const { postgres } = environment.data.systems;
  if (postgres.kind !== "managed") {
    throw new UsageError(
      `${name} has no PostgreSQL of its own: systems.postgres in stacks/${name}.ts is ${postgres.kind}.`,
    );
  }
  const clients = databaseClients([...runningServices(environment).values()], environment.data);
  const budgets = [...connectionBudgets(postgres, clients), memoryBudget(postgres)];
  const report = { environment: name, budgets: budgets.map((budget) => ({ ...budget, fits: fits(budget) })) };
  process.stdout.write(json === true ? `${JSON.stringify(report, null, 2)}\n` : formatBudgets(budgets));
  if (!budgets.every(fits)) process.exitCode = 1;
}

function fits({ sum, allowed }: Budget): boolean {
  return sum <= allowed;
}

/** Each budget with its lines, the largest first, and what is left. */
export function formatBudgets(budgets: readonly Budget[]): string {
  const rows = budgets.flatMap((budget): (readonly [string, string, string])[] => [
    [budget.name.toUpperCase(), budget.unit.toUpperCase(), ""],
    ...[...budget.lines]
      .sort((a, b) => b.amount - a.amount)
      .map(({ what, amount }) => [`  ${what}`, String(amount), ""] as const),
    ["  may be asked for", String(budget.sum), `of ${budget.allowed}${ofWhat(budget)}: ${verdict(budget)}`],
    ["", "", ""],
  ]);
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map(([what, amount, note]) =>
    `${what.padEnd(widths[0] ?? 0)}  ${amount.padStart(widths[1] ?? 0)}  ${note}`.trimEnd(),
  );
  return `${lines.join("\n").trimEnd()}\n`;
}

function ofWhat({ limit, allowed, unit }: Budget): string {
  return limit === allowed ? "" : ` (${Math.round((allowed / limit) * 100)} % of ${limit} ${unit})`;
}

function verdict(budget: Budget): string {
  const { sum, allowed } = budget;
  return fits(budget) ? `${allowed - sum} left` : `${sum - allowed} TOO MANY`;
}
