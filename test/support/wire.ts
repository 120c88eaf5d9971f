import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { root } from "../../local/paths.ts";
import { admin } from "./server.ts";
import type { Monitor, MonitorOptions } from "./monitor.ts";
import { startMonitor } from "./monitor.ts";

export interface WireRun extends MonitorOptions {
  /** Folder of the project below the root. */
  readonly folder: string;
  /** File of the program in it. */
  readonly program: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** Called with the process, and with what is registered so far, each time something is. */
  readonly started?: (child: ChildProcess, monitor: Monitor) => void;
}

export interface WireResult {
  /** -1 when a signal ended it. */
  readonly code: number;
  readonly signal: string | undefined;
  readonly output: string;
  readonly monitor: Monitor;
}

/** Runs a program the way Pulumi's language host does: a Node process that talks to the monitor over gRPC. */
export async function runOverTheWire(run: WireRun): Promise<WireResult> {
  const monitor = await startMonitor(run);
  try {
    const { code, signal, output } = await programProcess(run, monitor);
    return { code, signal, output, monitor };
  } finally {
    await monitor.close();
  }
}

function programProcess(run: WireRun, monitor: Monitor): Promise<Omit<WireResult, "monitor">> {
  const config = Object.entries(run.config).map(([key, value]) => [
    key,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  const args = [
    join(root, "node_modules/@pulumi/pulumi/cmd/run"),
    ...["--monitor", monitor.address, "--engine", monitor.address],
    ...["--project", run.project, "--stack", run.stack],
    ...["--pwd", join(root, run.folder), "--parallel", "256"],
    ...(run.preview === true ? ["--dry-run"] : []),
    run.program,
  ];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: join(root, run.folder),
      env: {
        ...process.env,
        PATH: `${dirname(admin.kubectl)}:${process.env["PATH"] ?? ""}`,
        KUBECONFIG: admin.kubeconfig,
        PULUMI_CONFIG: JSON.stringify(Object.fromEntries(config)),
        PULUMI_CONFIG_SECRET_KEYS: JSON.stringify([`${run.project}:secrets`]),
      },
    });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code: code ?? -1, signal: signal ?? undefined, output }));
    run.started?.(child, monitor);
  });
}
