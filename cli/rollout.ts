import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { createTwoFilesPatch } from "diff";
import type { Change } from "../delivery/rollout-file.ts";
import { changesOf, withVersions } from "../delivery/rollout-file.ts";
import type { Measured } from "../delivery/rollout-gate.ts";
import type { LiveService } from "../delivery/rollout-live.ts";
import type { Situation, Step } from "../delivery/rollout-steps.ts";
import { nextStep } from "../delivery/rollout-steps.ts";
import { root } from "../local/paths.ts";
import type { Finding } from "../policies/finding.ts";
import { Findings, UsageError, suggest } from "../policies/finding.ts";
import { flows } from "../stacks/delivery.ts";
import type { Environment, EnvironmentName } from "../stacks/environment.ts";
import { imageReference, runningImages } from "../stacks/images.ts";
import { environmentNamed, loadEnvironment, project } from "../stacks/load.ts";
import { platform } from "../stacks/platform.ts";
import { deliveryEngine } from "./engine.ts";
import type { Cluster } from "./kubectl.ts";
import { publish, readSettings, refuseDirty, stackFile, startFromTip } from "./publish.ts";
import type { GateOptions } from "./rollout-judge.ts";
import { judge } from "./rollout-judge.ts";
import { readLiveService } from "./rollout-live.ts";
import { wishOf } from "./rollout-wish.ts";
import type { WishOptions } from "./rollout-wish.ts";

export interface RolloutOptions extends WishOptions, GateOptions {
  readonly context?: string;
  readonly engine?: string;
  readonly push?: true;
  readonly dryRun?: true;
  readonly json?: true;
}

/** What the command did, for machines. */
interface Outcome {
  readonly environment: string;
  readonly service: string;
  readonly step: string;
  readonly changes: readonly Readonly<Record<keyof Change, string | number | null>>[];
  readonly next: string;
  readonly commit: string | null;
  readonly dryRun: boolean;
  readonly gate?: Measured & { readonly passed: boolean; readonly problems: readonly string[] };
}

/**
 * Takes the next step of a service's rollout: a change of the environment's settings, as a commit.
 * Exit code 1 when the gate found that the step before did not keep what the service promises; it is aborted then.
 */
export async function rolloutCommand(env: string, service: string, options: RolloutOptions): Promise<void> {
  const environment = environmentNamed(env);
  const wish = wishOf(options);
  const push = options.push === true ? flows[environment].branch : undefined;
  if (options.dryRun !== true) {
    await refuseDirty(environment, push);
    if (push !== undefined) await startFromTip(push);
  }
  const loaded = loadEnvironment(environment, root);
  const situation = situationOf(environment, service, loaded, options);
  const gate = await judge(situation, wish, loaded, options);
  const failed = gate !== undefined && gate.findings.length > 0;
  const step = failed ? await aborted(situation, gate.findings) : await nextStep(situation, wish);
  const reason = failed ? gate.findings.map(({ place, problem }) => `\n${place}: ${problem}`).join("") : "";
  const { text, changes } = edited(environment, situation, step);
  const commit =
    options.dryRun === true || changes.length === 0
      ? undefined
      : await publish({
          environment,
          text,
          message: `${step.title}\n${changes.map((change) => `\n${describe(change)}`).join("")}\n${reason}`,
          ...(push === undefined ? {} : { push }),
        });
  if (failed) process.exitCode = 1;
  const outcome: Outcome = {
    environment,
    service,
    step: step.title,
    changes: changes.map(({ setting, from, to }) => ({ setting, from: from ?? null, to: to ?? null })),
    next: step.next,
    commit: commit ?? null,
    dryRun: options.dryRun === true,
    ...(gate === undefined
      ? {}
      : { gate: { ...gate.measured, passed: !failed, problems: gate.findings.map(({ problem }) => problem) } }),
  };
  if (options.json === true) process.stdout.write(`${JSON.stringify(outcome, null, 2)}\n`);
  else report(outcome, text, push);
}

function situationOf(
  environment: EnvironmentName,
  service: string,
  loaded: Environment,
  { context, engine }: RolloutOptions,
): Situation {
  const { data, settings } = loaded;
  const runs = Object.keys(runningImages(loaded)).filter((name) => name in data.services);
  const declared = (data.services as Record<string, Environment<string>["data"]["services"][string]>)[service];
  const image = settings.images[service];
  if (declared?.kind !== "on" || image === undefined) {
    throw new UsageError(`${environment} runs no service "${service}". ${suggest(service, runs)}`);
  }
  const cluster: Cluster =
    context === undefined ? deliveryEngine(engine).cluster(loaded) : { kubectl: "kubectl", context };
  let read: Promise<LiveService> | undefined;
  return {
    environment,
    service,
    image,
    rollout: settings.rollouts[service],
    scaling: declared.scaling,
    reference: (version) => imageReference(service, version, settings).reference,
    live: () => (read ??= readLiveService(cluster, data.namespace, service)),
  };
}

/** What takes the requests back. @throws {Findings} when there is nothing that could take them, with what to do */
async function aborted(situation: Situation, findings: readonly Finding[]): Promise<Step> {
  try {
    return await nextStep(situation, { kind: "abort" });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new Findings(findings.map((finding) => ({ ...finding, fix: `${finding.fix} ${error.message}` })));
  }
}

/**
 * The stack file as a step makes it, with everything that is checked of it checked.
 * @throws {Findings} when the platform cannot be built from it
 */
function edited(
  environment: EnvironmentName,
  situation: Situation,
  step: Step,
): { readonly text: string; readonly changes: readonly Change[] } {
  const { service } = situation;
  const file = stackFile(environment);
  const text = withVersions({ text: readSettings(environment), file, project }, service, situation, step);
  const folder = mkdtempSync(join(tmpdir(), "suoke-rollout-"));
  try {
    writeFileSync(join(folder, file), text);
    const after = loadEnvironment(environment, folder);
    const { rollouts, images } = after.settings;
    if (images[service] !== step.image || !isDeepStrictEqual(rollouts[service], step.rollout)) {
      throw new UsageError(
        `${file} cannot be edited as it is written: give rollouts.${service} lines of its own, as docs/edge.md does.`,
      );
    }
    platform(after);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { text, changes: changesOf(service, situation, step) };
}

function describe({ setting, from, to }: Change | Outcome["changes"][number]): string {
  return `${setting}: ${from ?? "none"} → ${to ?? "none"}`;
}

function report(
  { environment, step, changes, next, commit, dryRun, gate }: Outcome,
  text: string,
  push?: string,
): void {
  const file = stackFile(environment as EnvironmentName);
  const lines = [
    ...(gate === undefined
      ? []
      : [
          `Gate: ${Math.round(gate.requests)} requests, ${Math.round(gate.failed)} failed, ${Math.round(gate.slow)} slow: ` +
            (gate.passed ? "that is what the service promises." : "that is not what the service promises."),
          ...gate.problems.map((problem) => `  ${problem}`),
        ]),
    `${step}.`,
    ...changes.map((change) => `  ${describe(change)}`),
  ];
  if (changes.length === 0) lines.push(`${file} says so already.`);
  else if (dryRun)
    lines.push(
      createTwoFilesPatch(file, file, readSettings(environment as EnvironmentName), text).trimEnd(),
      "Nothing was written.",
    );
  else {
    const where =
      push === undefined
        ? `Push it, and the pipeline of ${flows[environment as EnvironmentName].branch} applies it.`
        : "Pushed.";
    lines.push(`Committed as ${commit?.slice(0, 7) ?? "nothing"}. ${where}`);
  }
  process.stdout.write(`${[...lines, next].join("\n")}\n`);
}
