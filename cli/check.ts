import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "../local/paths.ts";
import type { Finding } from "../policies/finding.ts";
import { Findings } from "../policies/finding.ts";
import { expiredExemptions } from "../policies/hardening/expiry.ts";
import type { Hardened } from "../policies/hardening/hardening.ts";
import type { Promises } from "../policies/hardening/rule.ts";
import { rulesFor } from "../policies/hardening/rules.ts";
import { runbookFindings } from "../policies/monitoring.ts";
import type { Checked } from "../review/check/checked.ts";
import { toJunit } from "../review/check/junit.ts";
import { toSarif } from "../review/check/sarif.ts";
import { toTable } from "../review/check/table.ts";
import { clusterPromises } from "../stacks/cluster.ts";
import { environmentNamed, environments, loadEnvironment } from "../stacks/load.ts";
import { judge, promisesOf } from "../stacks/platform.ts";
import { findingLocator } from "./check-places.ts";
import type { CheckFormat } from "./format-names.ts";
import { checkFormats } from "./format-names.ts";
import { clusterNamed, judgeStack, stackNames } from "./generated.ts";
import { outputNamed } from "./outputs.ts";

export interface CheckOptions {
  readonly format: CheckFormat;
  readonly out?: readonly string[];
  /** False: exemptions that have expired are left out. */
  readonly expiry: boolean;
}

/**
 * Judges stacks by every rule, and prints what is wrong. Exit code 1 when something is.
 * @param today `2026-11-24`
 * @throws {UsageError} when there is no such stack or format
 */
export function checkCommand(
  names: readonly string[],
  { format, out = [], expiry }: CheckOptions,
  today: string,
): void {
  const outputs = out.map((text) => outputNamed(text, checkFormats));
  const runbooks = readdirSync(join(root, "docs/runbooks")).map((file) => file.replace(/\.md$/, ""));
  const judged = (names.length === 0 ? stackNames(root) : [...new Set(names)]).map((name) => {
    const look = stackNamed(name);
    const { components, findings, waived } = outcomeOf(look.judge);
    const expired = expiry ? expiredExemptions(components, today) : [];
    const unwritten = runbookFindings(components, runbooks);
    const rules = rulesFor(look.promises).map(({ id }) => id);
    return { components, checked: { name, findings: [...findings, ...expired, ...unwritten], waived, rules } };
  });
  const stacks: readonly Checked[] = judged.map(({ checked }) => checked);
  const locate = findingLocator(new Map(judged.map(({ components, checked }) => [checked.name, components])));
  const formatted = (each: CheckFormat): string => {
    switch (each) {
      case "table":
        return toTable(stacks);
      case "json":
        return `${JSON.stringify({ passed: passes(stacks), stacks }, null, 2)}\n`;
      case "sarif":
        return toSarif(stacks, locate);
      case "junit":
        return toJunit(stacks, locate);
    }
  };
  for (const output of outputs) {
    mkdirSync(dirname(output.path), { recursive: true });
    writeFileSync(output.path, formatted(output.format));
  }
  process.stdout.write(formatted(format));
  if (!passes(stacks)) process.exitCode = 1;
}

const passes = (stacks: readonly Checked[]): boolean => stacks.every(({ findings }) => findings.length === 0);

interface Look {
  readonly promises: Promises;
  readonly judge: () => Hardened;
}

/** `dev`, or `cluster/local`. */
function stackNamed(name: string): Look {
  const cluster = clusterNamed(name, root);
  if (cluster === undefined) {
    const environment = environmentNamed(name);
    return {
      promises: promisesOf({ data: environments[environment] }),
      judge: () => judge(loadEnvironment(environment, root)),
    };
  }
  return { promises: clusterPromises, judge: () => judgeStack(cluster, root) };
}

/** What keeps a stack from being built is a finding like any other. */
function outcomeOf(look: () => Hardened): Pick<Hardened, "components" | "waived"> & { findings: readonly Finding[] } {
  try {
    return look();
  } catch (error) {
    if (error instanceof Findings) return { components: [], findings: error.findings, waived: [] };
    throw error;
  }
}
