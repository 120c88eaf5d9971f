import { execFileSync } from "node:child_process";
import { constants, copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { toYaml } from "../../../kubernetes/render.ts";
import { programPath } from "../../../local/toolchain.ts";
import { daemonFolder, eventually, freePort, startDaemon } from "../daemon.ts";

/** A Prometheus that runs. */
export interface PrometheusServer {
  readonly url: string;
  /** The data of an answer of its API: `targets?state=active`. */
  readonly ask: <T>(path: string) => Promise<T>;
  /** What a query gives now. */
  readonly query: (expr: string) => Promise<readonly Sample[]>;
  readonly stop: () => Promise<void>;
}

export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [at: number, value: string];
}

export interface RunArgs {
  readonly config: object;
  /** Puts files beside the configuration before it starts, and says where data are that it starts with. */
  readonly prepare?: (folder: string) => Promise<void> | void;
  readonly env?: Readonly<Record<string, string>>;
  /** More arguments. */
  readonly args?: readonly string[];
}

/** Starts the real Prometheus, with its data in `data` of a folder that goes with it. */
export async function startPrometheus({ config, prepare, env, args = [] }: RunArgs): Promise<PrometheusServer> {
  const folder = daemonFolder("prometheus");
  try {
    await prepare?.(folder.path);
    const file = join(folder.path, "prometheus.yml");
    writeFileSync(file, toYaml(config));
    // The user that runs it may not be let into the folder of the toolchain, nor read what we have written.
    const program = join(folder.path, "prometheus");
    copyFileSync(programPath("prometheus", "prometheus"), program, constants.COPYFILE_FICLONE);
    execFileSync("chmod", ["-R", "a+rwX", folder.path]);
    const port = await freePort();
    const daemon = startDaemon({
      command: program,
      args: [
        `--config.file=${file}`,
        `--storage.tsdb.path=${join(folder.path, "data")}`,
        `--web.listen-address=127.0.0.1:${port}`,
        ...args,
      ],
      cwd: folder.path,
      ...(env === undefined ? {} : { env }),
    });
    const url = `http://127.0.0.1:${port}`;
    const stop = async (): Promise<void> => {
      await daemon.stop("SIGKILL");
      folder.remove();
    };
    try {
      await eventually("Prometheus is ready", async () => {
        if (!daemon.running()) throw new Error(`Prometheus ended: ${daemon.output().slice(-2000)}`);
        return (await fetch(`${url}/-/ready`).catch(() => undefined))?.ok === true;
      });
    } catch (error) {
      await stop();
      throw error;
    }
    const ask = async <T>(path: string): Promise<T> => {
      const answer = (await (await fetch(`${url}/api/v1/${path}`)).json()) as { data?: T; error?: string };
      if (answer.data === undefined) throw new Error(`Prometheus, asked ${path}: ${answer.error ?? "no data"}`);
      return answer.data;
    };
    const query = async (expr: string): Promise<readonly Sample[]> =>
      (await ask<{ result: readonly Sample[] }>(`query?query=${encodeURIComponent(expr)}`)).result;
    return { url, ask, query, stop };
  } catch (error) {
    folder.remove();
    throw error;
  }
}
