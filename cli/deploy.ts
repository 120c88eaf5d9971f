import { budgetFindings, freezeFindings } from "../delivery/gates.ts";
import { root } from "../local/paths.ts";
import { UsageError, refuse } from "../policies/finding.ts";
import { flows, freezes } from "../stacks/delivery.ts";
import type { EnvironmentName } from "../stacks/environment.ts";
import { environmentNamed, loadEnvironment } from "../stacks/load.ts";
import { platform } from "../stacks/platform.ts";
import { attempt } from "./deploy-attempt.ts";
import type { DeliveryEngine } from "./engine.ts";
import { deliveryEngine } from "./engine.ts";
import { budgetLeft, leastBudget } from "./error-budget.ts";
import { record, refuseUnproven } from "./ledger.ts";
import { preflightEnvironment } from "./preflight-environment.ts";
import { head, uncommitted } from "./repository.ts";
import { rollback } from "./rollback.ts";
import type { SmokeOptions } from "./smoke.ts";
import { smoke } from "./smoke.ts";

export interface DeployOptions extends SmokeOptions {
  /** Go back to what was last in good health when this is not. */
  readonly rollback?: true;
  /** Why a freeze or a spent error budget does not hold this up. */
  readonly override?: string;
  /** Where the error budget is asked for. */
  readonly prometheusUrl?: string;
}

/**
 * Brings what is checked out to an environment, looks whether it works, and writes into the ledger how it went.
 * Exit code 1 when it does not work, also when it has been taken back.
 */
export async function deployCommand(env: string, options: DeployOptions): Promise<void> {
  const environment = environmentNamed(env);
  const engine = deliveryEngine(options.engine);
  await refuseUncommitted();
  await refuseUnproven(environment);
  const override = await refuseUntimely(environment, options);
  if (engine.name === "pulumi") await preflight(environment, engine);
  const deploy = (): Promise<string | undefined> =>
    attempt({
      apply: () => apply(environment, engine, options),
      record: (result) => record(environment, result, override),
    });
  const failure = await deploy();
  if (failure === undefined) return;
  process.stderr.write(`${failure}\n`);
  if (options.rollback !== true) {
    process.stderr.write(`To go back: ./suoke rollback ${environment} --push\n`);
    process.exitCode = 1;
    return;
  }
  process.stderr.write(`${environment} is taken back to what was last in good health.\n`);
  await rollback(environment, { push: true, reason: `deployment of ${(await head()).slice(0, 7)} failed` });
  const again = await deploy();
  process.stderr.write(
    again === undefined
      ? `${environment} works again. What failed stays out of it until it is mended.\n`
      : `${again}\n${environment} does not work after the rollback either: see docs/runbooks/failed-rollback.md\n`,
  );
  process.exitCode = 1;
}

/** Applies what is checked out, looks whether it works, and says what was looked at. */
async function apply(environment: EnvironmentName, engine: DeliveryEngine, options: DeployOptions): Promise<void> {
  await engine.up(environment);
  const said = await smoke(environment, engine, options);
  process.stdout.write(`${said.join("\n")}\n${environment} runs ${(await head()).slice(0, 7)}.\n`);
}

async function preflight(environment: EnvironmentName, engine: DeliveryEngine): Promise<void> {
  const loaded = loadEnvironment(environment, root);
  await preflightEnvironment(loaded, platform(loaded), engine.cluster(loaded));
}

/** The ledger says which commit ran: so nothing else may. */
async function refuseUncommitted(): Promise<void> {
  const dirty = await uncommitted();
  if (dirty.length > 0) {
    throw new UsageError(
      `${dirty.slice(0, 5).join(", ")}: not committed. What is deployed is a commit, so that it can be taken back.`,
    );
  }
}

/**
 * @returns why freezes and the error budget do not hold this up, where somebody says so
 * @throws {Findings} in a freeze, or when the error budget is spent
 * @throws {UsageError} when it cannot be asked for
 */
async function refuseUntimely(environment: EnvironmentName, options: DeployOptions): Promise<string | undefined> {
  if (!flows[environment].gated) return undefined;
  const { prometheusUrl } = options;
  const override = options.override?.trim() ?? "";
  if (override !== "") {
    process.stderr.write(`Freezes and the error budget are overridden: ${override}\n`);
    return override;
  }
  if (prometheusUrl === undefined || prometheusUrl === "") {
    throw new UsageError(
      `Where is ${environment}'s Prometheus? Its error budget could not be asked for: --prometheus-url, or PROMETHEUS_URL.`,
    );
  }
  refuse([
    ...freezeFindings(freezes, environment, new Date().toISOString()),
    ...budgetFindings(await budgetLeft(prometheusUrl), environment, leastBudget),
  ]);
  return undefined;
}
