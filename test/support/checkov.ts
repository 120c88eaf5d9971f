import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root, toolchainFolder } from "../../local/paths.ts";
import { runProgram } from "../../local/process.ts";

/** Seconds that the installation may take; half a minute is usual. */
const installLimit = 400;

/** Installed checkov, or why there is none. */
export type Checkov = { readonly program: string } | { readonly missing: string };

/**
 * Installs checkov from PyPI once, into a folder of its own: every package at its pinned version and with its checksum, and
 * none that would have to be built.
 */
export async function installCheckov(): Promise<Checkov> {
  const requirements = join(root, "local/toolchain/checkov/requirements.txt");
  const hash = createHash("sha256").update(readFileSync(requirements)).digest("hex").slice(0, 12);
  const folder = join(toolchainFolder, `checkov-${hash}`);
  const program = join(folder, "bin/python");
  // Written last: a folder without it is of an installation that was cut off.
  const complete = join(folder, "complete");
  if (existsSync(complete)) return { program };
  mkdirSync(toolchainFolder, { recursive: true });
  rmSync(folder, { recursive: true, force: true });
  const steps: readonly (readonly [string, readonly string[]])[] = [
    ["python3", ["-c", "import sys; assert sys.version_info >= (3, 9), 'Python is older than 3.9'"]],
    ["python3", ["-m", "venv", folder]],
    [
      program,
      [
        ...["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"],
        ...["--only-binary", ":all:", "--require-hashes", "--requirement", requirements],
      ],
    ],
  ];
  for (const [command, args] of steps) {
    const { code, output } = await runProgram({ command, args, limit: installLimit });
    if (code !== 0) return { missing: output.trim().split("\n").at(-1) ?? command };
  }
  mkdirSync(`${complete}-now`);
  renameSync(`${complete}-now`, complete);
  return { program };
}

/** What checkov finds in a file of Kubernetes objects. It asks nobody on the network. */
export async function checkovFaults(
  program: string,
  file: string,
  skipped: readonly string[],
): Promise<{ readonly faults: readonly string[]; readonly passed: number; readonly exempt: number }> {
  const { output } = await runProgram({
    command: program,
    args: [
      ...["-m", "checkov.main", "--file", file, "--framework", "kubernetes", "--compact", "--quiet"],
      ...["--skip-download", "--output", "json", "--soft-fail"],
      ...(skipped.length === 0 ? [] : ["--skip-check", skipped.join(",")]),
    ],
    env: { LOG_LEVEL: "ERROR" },
    limit: 300,
  });
  const report = JSON.parse(output.slice(output.indexOf("{"))) as {
    readonly summary: { readonly passed: number; readonly skipped: number; readonly parsing_errors: number };
    readonly results: { readonly failed_checks: readonly { readonly check_id: string; readonly resource: string }[] };
  };
  if (report.summary.parsing_errors > 0) throw new Error(`checkov could not read ${file}.`);
  return {
    faults: report.results.failed_checks.map(({ check_id, resource }) => `${check_id} ${resource}`),
    passed: report.summary.passed,
    exempt: report.summary.skipped,
  };
}
