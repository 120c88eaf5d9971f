import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { unpackDebian } from "../../local/debian.ts";
import { root, toolchainFolder } from "../../local/paths.ts";
import type { Fork } from "./fork.ts";

/** How a job of the real `.gitlab-ci.yml` ended. */
export interface Job {
  readonly code: number;
  readonly output: string;
}

/** Runs jobs of a clone's pipeline by `gitlab-ci-local`, on the embedded cluster in `local`. */
export interface Pipeline {
  readonly clone: Fork;
  /** Folder that stands for `.local`, and so the cluster that jobs deploy to. */
  readonly local: string;
  /** Folders of programs that jobs find first. */
  readonly path?: readonly string[];
  /** Variables of every pipeline. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** Runs one job of a pipeline with some variables, from what is checked out. */
export async function job(
  pipeline: Pipeline,
  name: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<Job> {
  const { code, output } = await run(pipeline, [name], variables);
  // A job that may fail without failing its pipeline is told apart by its line alone.
  return { code: code === 0 && output.includes(` WARN  ${name}`) ? 1 : code, output };
}

/** The jobs that a pipeline would have: name → when it runs. */
export async function jobs(
  pipeline: Pipeline,
  variables: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, string>>> {
  const { code, output } = await run(pipeline, ["--list-csv"], variables);
  if (code !== 0) throw new Error(output);
  const rows = output.split("\n").flatMap((line) => {
    const [name = "", , when = ""] = line.split(";").map((cell) => cell.replaceAll('"', ""));
    return when === "" || name === "name" ? [] : [[name, when] as const];
  });
  return Object.fromEntries(rows);
}

function run(
  { clone, local, path = [], variables: always = {} }: Pipeline,
  args: readonly string[],
  variables: Readonly<Record<string, string>>,
): Promise<Job> {
  prepare(clone.tree);
  return gitlab({ tree: clone.tree, home: join(local, "home"), path }, args, {
    SUOKE_ENGINE: "embedded",
    SUOKE_LOCAL: local,
    SUOKE_TOOLCHAIN: toolchainFolder,
    CI_COMMIT_BRANCH: clone.git("branch", "--show-current"),
    ...always,
    ...variables,
  });
}

export interface Runner {
  /** The repository, as it is checked out. */
  readonly tree: string;
  /** Where settings of a person would be. */
  readonly home: string;
  /** Folders of programs that jobs find first. */
  readonly path?: readonly string[];
}

/** Runs gitlab-ci-local with variables that every job gets. */
export async function gitlab(
  { tree, home, path = [] }: Runner,
  args: readonly string[],
  variables: Readonly<Record<string, string>>,
): Promise<Job> {
  // It copies trees with rsync, which not every machine has.
  const rsync = await unpackDebian(["rsync", "libpopt0", "libxxhash0", "liblz4-1", "libzstd1", "libacl1"]);
  const programs = [...path, dirname(process.execPath), join(rsync.root, "usr/bin"), process.env["PATH"] ?? ""];
  const options = [
    ...["--ignore-predefined-vars", Object.keys(variables).join(",")],
    ...["--force-shell-executor", "--no-color", "--no-shell-isolation", "--no-artifacts-to-source"],
    ...["--state-dir", ".local/gitlab-ci-local", "--home", home],
    ...Object.entries(variables).flatMap(([name, value]) => ["--variable", `${name}=${value}`]),
  ];
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [join(root, "node_modules/gitlab-ci-local/dist/index.js"), ...options, ...args],
      { cwd: tree, env: { ...process.env, ...rsync.env, PATH: programs.join(delimiter), KUBECONFIG: "" } },
    );
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? -1, output }));
  });
}

/** The dependencies are those of this tree, linked: `make setup` has nothing to do. */
function prepare(tree: string): void {
  const stamp = join(tree, ".local/setup");
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, "");
}
