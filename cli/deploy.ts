import { freezeFindings, budgetFindings } from "../delivery/gates.ts";
import { root } from "../local/paths.ts";
import type { Finding } from "../policies/finding.ts";
import { Findings, UsageError, refuse } from "../policies/finding.ts";
import { flows, freezes } from "../stacks/delivery.ts";
import type { EnvironmentName } from "../stacks/environment.ts";
import { environmentNamed, loadEnvironment } from "../stacks/load.ts";
import { platform } from "../stacks/platform.ts";
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
  await refuseUntimely(environment, options);
  if (engine.name === "pulumi") await preflight(environment, engine);
  const failure = await attempt(environment, engine, options);
  if (failure === undefined) return;
  process.stderr.write(`${failure.message}\n`);
  if (options.rollback !== true) {
    process.stderr.write(`To go back: ./suoke rollback ${environment} --push\n`);
    process.exitCode = 1;
    return;
  }
  process.stderr.write(`${environment} is taken back to what was last in good health.\n`);
  await rollback(environment, { push: true, reason: `deployment of ${(await head()).slice(0, 7)} failed` });
  const again = await attempt(environment, engine, options);
  process.stderr.write(
    again === undefined
      ? `${environment} works again. What failed stays out of it until it is mended.\n`
      : `${again.message}\n${environment} does not work after the rollback either: see docs/runbooks/failed-rollback.md\n`,
  );
  process.exitCode = 1;
}

/** Applies, looks, and records. @returns what went wrong */
async function attempt(
  environment: EnvironmentName,
  engine: DeliveryEngine,
  options: DeployOptions,
): Promise<Error | undefined> {
  try {
    await engine.up(environment);
    const said = await smoke(environment, engine, options);
    await record(environment, "healthy");
    process.stdout.write(`${said.join("\n")}\n${environment} runs ${(await head()).slice(0, 7)}.\n`);
    return undefined;
  } catch (error) {
    if (!(error instanceof Findings || error instanceof UsageError)) throw error;
    await record(environment, "failed");
    return error;
  }
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

/** @throws {Findings} in a freeze, or when the error budget is spent @throws {UsageError} when it cannot be asked for */
async function refuseUntimely(environment: EnvironmentName, options: DeployOptions): Promise<void> {
  if (!flows[environment].gated) return;
  const { override, prometheusUrl } = options;
  const findings: Finding[] = freezeFindings(freezes, environment, new Date().toISOString());
  if (override !== undefined && override.trim() !== "") {
    process.stderr.write(`Freezes and the error budget are overridden: ${override}\n`);
    return;
  }
  if (prometheusUrl === undefined || prometheusUrl === "") {
    throw new UsageError(
      `Where is ${environment}'s Prometheus? Its error budget could not be asked for: --prometheus-url, or PROMETHEUS_URL.`,
    );
  }
  findings.push(...budgetFindings(await budgetLeft(prometheusUrl), environment, leastBudget));
  refuse(findings);
}
