import { execFileSync } from "node:child_process";
import { constants, copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runProgram } from "../../../local/process.ts";
import { programPath } from "../../../local/toolchain.ts";
import { daemonFolder, eventually, freePort, startDaemon } from "../daemon.ts";

/** A value of a series at a time. */
export interface Point {
  /** `name{label="value",…}`, without spaces. */
  readonly series: string;
  /** Seconds before now. */
  readonly ago: number;
  readonly value: number;
}

export interface PrometheusServer {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/** Starts the real Prometheus with a past, which it has not lived through. It scrapes nothing. */
export async function prometheusWith(past: readonly Point[]): Promise<PrometheusServer> {
  const folder = daemonFolder("prometheus");
  try {
    const now = Date.now() / 1000;
    const lines = [...past]
      .sort((one, other) => other.ago - one.ago)
      .map(({ series, ago, value }) => `${series} ${value} ${(now - ago).toFixed(3)}`);
    const [file, data, config] = ["past.txt", "data", "prometheus.yml"].map((name) => join(folder.path, name)) as [
      string,
      string,
      string,
    ];
    writeFileSync(file, `${lines.join("\n")}\n# EOF\n`);
    writeFileSync(config, "{}\n");
    const blocks = ["tsdb", "create-blocks-from", "openmetrics", file, data];
    const { code, output } = await runProgram({
      command: programPath("prometheus", "promtool"),
      args: blocks,
      limit: 120,
    });
    if (code !== 0) throw new Error(`promtool could not write the past: ${output}`);
    // The user that runs it may not be let into the folder of the toolchain, nor read what we have written.
    const program = join(folder.path, "prometheus");
    copyFileSync(programPath("prometheus", "prometheus"), program, constants.COPYFILE_FICLONE);
    execFileSync("chmod", ["-R", "a+rwX", folder.path]);
    const port = await freePort();
    const daemon = startDaemon({
      command: program,
      args: [`--config.file=${config}`, `--storage.tsdb.path=${data}`, `--web.listen-address=127.0.0.1:${port}`],
      cwd: folder.path,
    });
    const url = `http://127.0.0.1:${port}`;
    const stop = async (): Promise<void> => {
      await daemon.stop();
      folder.remove();
    };
    try {
      await eventually("Prometheus is ready", async () => {
        if (!daemon.running()) throw new Error(`Prometheus ended: ${daemon.output().slice(-2000)}`);
        return fetch(`${url}/-/ready`).then(
          ({ ok }) => ok,
          () => false,
        );
      });
    } catch (error) {
      await stop();
      throw error;
    }
    return { url, stop };
  } catch (error) {
    folder.remove();
    throw error;
  }
}
