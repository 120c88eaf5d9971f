import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { runProgram } from "../../../local/process.ts";
import { programPath } from "../../../local/toolchain.ts";
import type { PrometheusServer } from "./run.ts";
import { startPrometheus } from "./run.ts";

/** A value of a series at a time. */
export interface Point {
  /** `name{label="value",…}`, without spaces. */
  readonly series: string;
  /** Seconds before now. */
  readonly ago: number;
  readonly value: number;
}

/** Starts the real Prometheus with a past, which it has not lived through. It scrapes nothing. */
export function prometheusWith(past: readonly Point[]): Promise<PrometheusServer> {
  return startPrometheus({ config: {}, prepare: (folder) => writePast(folder, past) });
}

async function writePast(folder: string, past: readonly Point[]): Promise<void> {
  const now = Date.now() / 1000;
  const lines = [...past]
    .sort((one, other) => other.ago - one.ago)
    .map(({ series, ago, value }) => `${series} ${value} ${(now - ago).toFixed(3)}`);
  const file = join(folder, "past.txt");
  writeFileSync(file, `${lines.join("\n")}\n# EOF\n`);
  const { code, output } = await runProgram({
    command: programPath("prometheus", "promtool"),
    args: ["tsdb", "create-blocks-from", "openmetrics", file, join(folder, "data")],
    limit: 120,
  });
  if (code !== 0) throw new Error(`promtool could not write the past: ${output}`);
}
