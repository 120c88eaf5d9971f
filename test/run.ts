/**
 * Runs the tests part by part and ends with the line `N passed, N failed`, and `, N skipped` where some were.
 * `--fast` leaves out what needs more than Node; `--pulumi` runs what needs a Pulumi CLI, and only that.
 */
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { localFolder, root } from "../local/paths.ts";
import { runProgram } from "../local/process.ts";
import { duration, progressTo } from "../local/progress.ts";
import { pulumiInstalled } from "../local/pulumi-engine.ts";
import { permittedSkips } from "./skips.ts";

/** What a part found, and what it said. */
interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: readonly string[];
  /** The tests that failed, each with the first line of its reason. */
  readonly failures: readonly string[];
  readonly output: string;
}

interface Part {
  readonly name: string;
  readonly run: () => Promise<Outcome>;
}

/** Seconds a part may take. */
const limit = 40 * 60;
const reports = join(localFolder, "reports");
const progress = progressTo(process.stderr);

/** A program that passes or fails as a whole. */
function program(name: string, ...args: readonly string[]): Part {
  return {
    name,
    run: async () => {
      const { code, output } = await runProgram({ command: process.execPath, args, cwd: root, limit });
      return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: [], failures: [], output };
    },
  };
}

interface VitestReport {
  readonly testResults: readonly {
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages?: readonly string[];
    }[];
  }[];
}

/** A project of vitest.config.ts, counted test by test. */
function vitest(project: string): Part {
  return {
    name: `${project} tests`,
    run: async () => {
      const report = join(reports, `${project}.json`);
      rmSync(report, { force: true });
      const { code, output } = await runProgram({
        command: process.execPath,
        args: [
          ...["node_modules/vitest/vitest.mjs", "run", "--project", project],
          ...["--reporter=default", "--reporter=json", `--outputFile.json=${report}`],
        ],
        cwd: root,
        limit,
      });
      const { testResults } = existsSync(report)
        ? (JSON.parse(readFileSync(report, "utf8")) as VitestReport)
        : { testResults: [] };
      const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
      const passed = tests.filter(({ status }) => status === "passed").length;
      const failures = tests
        .filter(({ status }) => status === "failed")
        .map(({ fullName, failureMessages }) => `${fullName}: ${failureMessages?.[0]?.split("\n")[0] ?? ""}`);
      const failed = failures.length;
      const skipped = tests
        .filter(({ status }) => !["passed", "failed"].includes(status))
        .map(({ fullName }) => fullName);
      // A file that does not load, a set-up that fails or an error outside of tests has no test to its name.
      return { passed, failed: code !== 0 && failed === 0 ? 1 : failed, skipped, failures, output };
    },
  };
}

async function runPart({
  name,
  run,
}: Part): Promise<Outcome & { readonly name: string; readonly milliseconds: number }> {
  const start = performance.now();
  const outcome = await progress.step(name, run);
  const forbidden = outcome.skipped.filter((test) => !(test in permittedSkips));
  const failed = outcome.failed + forbidden.length;
  if (failed > 0) process.stdout.write(`\n${outcome.output.trim()}\n`);
  for (const test of forbidden) process.stdout.write(`Skipped, and not on the list in test/skips.ts: ${test}\n`);
  for (const test of outcome.skipped.filter((skipped) => skipped in permittedSkips)) {
    process.stdout.write(`Skipped: ${test}: ${permittedSkips[test]}\n`);
  }
  return { ...outcome, failed, name, milliseconds: performance.now() - start };
}

const fast = process.argv.includes("--fast");
const withPulumi = process.argv.includes("--pulumi");
if (withPulumi && !(await pulumiInstalled())) {
  process.stderr.write(
    "There is no pulumi on PATH, so that nothing could be tested: https://www.pulumi.com/docs/install/\n",
  );
  process.exit(2);
}
const cache = join(localFolder, "cache");
mkdirSync(reports, { recursive: true });
mkdirSync(cache, { recursive: true });

/** Side by side: each of them keeps less than a core busy. */
const together: readonly Part[] = [
  // The native compiler: the other, which the linter needs, takes three times as long.
  program("types", "node_modules/typescript-native/bin/tsc", "--incremental", "--tsBuildInfoFile", `${cache}/types`),
  program(
    "lint",
    "node_modules/eslint/bin/eslint.js",
    "--max-warnings=0",
    "--cache",
    "--cache-location",
    `${cache}/eslint`,
    ".",
  ),
  program(
    "format",
    "node_modules/prettier/bin/prettier.cjs",
    "--check",
    "--cache",
    "--cache-location",
    `${cache}/prettier`,
    ".",
  ),
  vitest("fast"),
];
const toolchain = program("toolchain", "cli/main.ts", "toolchain");
const after: readonly Part[] = fast ? [] : [vitest("command"), toolchain, vitest("daemon"), vitest("cluster")];

const outcomes = withPulumi ? [] : await Promise.all(together.map(runPart));
for (const part of withPulumi ? [toolchain, vitest("pulumi")] : after) outcomes.push(await runPart(part));

process.stdout.write("\n");
// Once more at the end, where one looks first.
for (const failure of outcomes.flatMap(({ failures }) => failures)) {
  process.stdout.write(`Failed: ${failure.slice(0, 500)}\n`);
}
for (const { name, milliseconds, passed, failed } of outcomes) {
  process.stdout.write(
    `${name.padEnd(16)} ${duration(milliseconds).padStart(12)}  ${passed} passed, ${failed} failed\n`,
  );
}
const sum = (count: (outcome: Outcome) => number): number =>
  outcomes.reduce((total, outcome) => total + count(outcome), 0);
const failed = sum((outcome) => outcome.failed);
const skipped = sum((outcome) => outcome.skipped.length);
process.stdout.write(
  `${sum((outcome) => outcome.passed)} passed, ${failed} failed${skipped === 0 ? "" : `, ${skipped} skipped`}\n`,
);
process.exitCode = failed === 0 ? 0 : 1;
