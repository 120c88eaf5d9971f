import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toYaml } from "../../../kubernetes/render.ts";
import { runProgram } from "../../../local/process.ts";
import { programPath } from "../../../local/toolchain.ts";
import type { AlertCase, Moment } from "./cases.ts";
import type { RuleFile } from "./rules.ts";
import { rulesFor } from "./rules.ts";

/** Seconds that promtool may take. */
const limit = 300;

/** Runs the real promtool in a folder with these files. */
export async function promtool(
  files: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly output: string }> {
  const folder = mkdtempSync(join(tmpdir(), "suoke-promtool-"));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    return await runProgram({ command: programPath("prometheus", "promtool"), args, cwd: folder, limit });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Proves an alert with promtool. The output says what was expected and what came instead. */
export function proveAlert(rules: RuleFile, proof: AlertCase): ReturnType<typeof promtool> {
  const files = { "rules.yml": toYaml(rulesFor(rules, proof.alert)), "test.yml": toYaml(tests(proof)) };
  return promtool(files, "test", "rules", "test.yml");
}

function tests({ alert, fires, silent, resolves }: AlertCase): object {
  const firing = ({ only }: Moment): string =>
    `ALERTS{alertname="${alert}", alertstate="firing"${only === undefined ? "" : `, ${only}`}}`;
  const sample = (labels: Readonly<Record<string, string>>): object => {
    const all = Object.entries({ ...labels, alertname: alert, alertstate: "firing" }).sort();
    return { labels: `ALERTS{${all.map(([name, value]) => `${name}="${value}"`).join(", ")}}`, value: 1 };
  };
  const look = (moment: Moment, labels: readonly Readonly<Record<string, string>>[]): object => ({
    expr: firing(moment),
    eval_time: moment.at,
    exp_samples: labels.map(sample),
  });
  // How many does not matter here; that there is one does.
  const fired = (moment: NonNullable<AlertCase["resolves"]>): object => ({
    expr: `count(${firing(moment)}) > bool 0`,
    eval_time: moment.firedAt,
    exp_samples: [{ labels: "{}", value: 1 }],
  });
  const story = (name: string, { series, interval = "15s" }: Moment, looks: readonly object[]): object => ({
    name,
    interval,
    input_series: Object.entries(series).map(([selector, values]) => ({ series: selector, values })),
    promql_expr_test: looks,
  });
  return {
    rule_files: ["rules.yml"],
    evaluation_interval: "15s",
    tests: [
      ...fires.map((moment, index) => story(`fires ${index + 1}`, moment, [look(moment, moment.labels)])),
      ...silent.map((moment, index) => story(`silent ${index + 1}`, moment, [look(moment, [])])),
      ...(resolves === undefined ? [] : [story("resolves", resolves, [fired(resolves), look(resolves, [])])]),
    ],
  };
}
