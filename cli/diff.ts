import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { root } from "../local/paths.ts";
import { Findings, UsageError } from "../policies/finding.ts";
import { approvals, judged } from "../review/approval.ts";
import { comparisonReport, environmentReport } from "../review/build.ts";
import type { Report } from "../review/report.ts";
import { reportVersion } from "../review/report.ts";
import type { Risk } from "../review/risk.ts";
import { stackNames } from "./generated.ts";
import { rendered } from "./diff-formats.ts";
import type { Format } from "./format-names.ts";
import { formats } from "./format-names.ts";
import type { LiveReport } from "./diff-live.ts";
import { liveReport } from "./diff-live.ts";
import type { State, States, Target } from "./diff-states.ts";
import { revisionStates, targetNamed, workingTree } from "./diff-states.ts";
import { mergePreviews } from "./diff-previews.ts";
import { outputNamed } from "./outputs.ts";

export interface DiffOptions {
  readonly from?: string;
  readonly to?: string;
  readonly envFrom?: string;
  readonly envTo?: string;
  readonly live?: true;
  readonly context?: string;
  readonly preview?: readonly string[];
  readonly failOn?: Risk;
  readonly approve?: readonly string[];
  readonly labels?: string;
  readonly format: Format;
  readonly out?: readonly string[];
  readonly link?: string;
  readonly limit?: number;
}

/** Prints what changes. Exit code 1 when something at or above the limit is not approved. */
export async function diffCommand(names: readonly string[], options: DiffOptions): Promise<void> {
  refuseContradictions(names, options);
  const outputs = (options.out ?? []).map((text) => outputNamed(text, formats));
  const approved = approvals(options.approve ?? [], options.labels?.split(",") ?? []);
  const made = await judgeable(() =>
    options.envFrom === undefined ? changeReport(names, options) : comparison(options),
  );
  const previewed = mergePreviews(made, options.preview ?? []);
  const report = judged(previewed, { ...(options.failOn === undefined ? {} : { failOn: options.failOn }), approved });
  for (const { format, path } of outputs) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, await rendered(report, format, options));
  }
  process.stdout.write(await rendered(report, options.format, { ...options, colour: coloured() }));
  if (!report.passed) process.exitCode = 1;
}

/** An environment that does not build cannot be compared: that is no finding about a change. */
async function judgeable<T>(make: () => Promise<T>): Promise<T> {
  try {
    return await make();
  } catch (error) {
    if (error instanceof Findings) throw new UsageError(`There is nothing to compare: ${error.message}`);
    throw error;
  }
}

/** A report without its verdict. */
export type Made = Omit<Report, "failOn" | "approved" | "passed" | "risk">;

async function changeReport(names: readonly string[], options: DiffOptions): Promise<Made> {
  const targets = (names.length === 0 ? stackNames(root) : names).map(targetNamed);
  const to = await (options.to === undefined
    ? workingTree(targets, { committed: options.failOn !== undefined })
    : revisionStates(options.to, targets));
  if (options.live === true) return await liveComparison(targets, to, options.context);
  const from = await revisionStates(options.from ?? "HEAD", targets);
  const environments = targets.map((target, index) => {
    const [before, after] = [stateOf(from.states, index), stateOf(to.states, index)];
    const report = environmentReport(target.name, before.placed, after.placed);
    return { ...report, notes: [...before.notes, ...after.notes] };
  });
  return { version: reportVersion, purpose: "change", from: from.text, to: to.text, environments };
}

async function liveComparison(targets: readonly Target[], wanted: States, context: string | undefined): Promise<Made> {
  const reports: LiveReport[] = [];
  // One after another: each starts a kubectl of its own, and asks it hundreds of things.
  for (const [index, target] of targets.entries()) {
    reports.push(await liveReport(target, stateOf(wanted.states, index), context));
  }
  const contexts = [...new Set(reports.map((each) => each.context))];
  return {
    version: reportVersion,
    purpose: "change",
    from: `what runs (${contexts.join(", ")})`,
    to: wanted.text,
    environments: reports.map(({ report }) => report),
  };
}

async function comparison({ envFrom = "", envTo = "" }: DiffOptions): Promise<Made> {
  const { states } = await workingTree([targetNamed(envFrom), targetNamed(envTo)], { committed: false });
  const [before, after] = [stateOf(states, 0), stateOf(states, 1)];
  const report = comparisonReport(`${envFrom} → ${envTo}`, inNamespaceOf(before, after), after.placed);
  return { version: reportVersion, purpose: "comparison", from: envFrom, to: envTo, environments: [report] };
}

/** Environments differ in their namespace by intent: the objects of one are looked at as if they were in the other's. */
function inNamespaceOf(state: State, other: State): State["placed"] {
  const [from, to] = [state.namespace, other.namespace];
  return state.placed.map((each) => {
    const { metadata } = each.object;
    return metadata.namespace === undefined || metadata.namespace !== from || to === undefined
      ? each
      : { ...each, object: { ...each.object, metadata: { ...metadata, namespace: to } } };
  });
}

function stateOf(states: readonly State[], index: number): State {
  return states[index] ?? { placed: [], notes: [] };
}

function refuseContradictions(names: readonly string[], options: DiffOptions): void {
  const { from, to, envFrom, envTo, live, preview, failOn } = options;
  if ((envFrom === undefined) !== (envTo === undefined)) {
    throw new UsageError("Give both --env-from and --env-to: two environments are compared with each other.");
  }
  if (options.context !== undefined && live === undefined) {
    throw new UsageError("--context says where to look with --live: give both.");
  }
  const others = { "--from": from, "--to": to, "--live": live, "--preview": preview, "--fail-on": failOn };
  const beside = Object.entries(others).flatMap(([option, value]) => (value === undefined ? [] : [option]));
  if (envFrom !== undefined && (beside.length > 0 || names.length > 0)) {
    throw new UsageError(
      `Two environments are compared as they are in the working tree, and nothing is at risk: leave out ${[...beside, ...names].join(", ")}.`,
    );
  }
  if (live === true && from !== undefined) {
    throw new UsageError("--live compares with what runs: leave out --from. --to says what it is compared with.");
  }
  if (live === true && names.length === 0)
    throw new UsageError("--live asks a cluster: say which environments to look at.");
}

/** https://no-color.org; a file or a pipe gets no colours. */
function coloured(): boolean {
  return process.stdout.isTTY && (process.env["NO_COLOR"] ?? "") === "";
}
