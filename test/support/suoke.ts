import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { root } from "../../local/paths.ts";

export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line as people do, through its launcher's program, with only so much of the environment changed. */
export function suoke(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  started: (child: ChildProcess) => void = () => undefined,
  tree = root,
): Promise<Said> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(tree, "cli/main.ts"), ...args], {
      env: { ...process.env, NO_COLOR: "1", ...env },
    });
    started(child);
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? -1, stdout, stderr }));
  });
}
