import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { dump } from "js-yaml";
import { secretsOf } from "../kubernetes/secret-manifest.ts";
import type { Component } from "../kubernetes/manifest.ts";
import { leavesOf } from "../kubernetes/sinks.ts";
import { UsageError } from "../policies/finding.ts";
import { readStackFile } from "../stacks/load.ts";
import type { Instance } from "./paths.ts";
import { root } from "./paths.ts";
import type { Ended, Run } from "./process.ts";
import { runProgram } from "./process.ts";
import type { Progress } from "./progress.ts";
import { placeholder } from "./secrets.ts";
import { programPath } from "./toolchain.ts";

/** A stack of one of the two Pulumi projects, run on an embedded cluster with a state of its own. */
export interface LocalStack {
  readonly instance: Instance;
  /** Folder of the project below the root. */
  readonly project: "." | "cluster";
  readonly stack: string;
  /** What the program will register: its secret settings get placeholders. */
  readonly components: readonly Component[];
}

/** Seconds that one run may take. Pulumi gives up on a rollout after ten minutes by itself. */
const limit = 15 * 60;

/**
 * Resource operations that run side by side. Pulumi waits about ten seconds for each Deployment and Service; by default it
 * does so for four per core, which made 300 objects take 141 s instead of 30 s.
 */
const parallel = 256;

/** Whether there is a Pulumi CLI to use. */
export async function pulumiInstalled(): Promise<boolean> {
  return (await runProgram({ command: "pulumi", args: ["version"], limit: 30 })).code === 0;
}

/**
 * Brings a stack up. The settings are a copy with a passphrase of its own and a placeholder for every secret, so that
 * nobody's key is needed and the tree stays clean.
 * @throws {UsageError} with Pulumi's own words when it fails
 */
export async function pulumiUp(target: LocalStack, progress: Progress): Promise<void> {
  await progress.step(
    `Applying ${target.project === "." ? "" : "cluster/"}${target.stack} with Pulumi`,
    async (detail) => {
      await preparePulumi(target);
      // A run that was killed leaves its lock behind; ours keeps other runs out.
      await pulumi(target, ["cancel", "--yes"]);
      const up = (env = {}): Promise<Ended> =>
        pulumi(target, ["up", "--yes", "--skip-preview", `--parallel=${parallel}`], {
          env,
          onLine: (line) => detail(line.trim()),
        });
      const first = await up();
      // A run that was killed had created what its state does not know, and a stack that was destroyed left what it
      // retains. Both are ours, so that the next run adopts them, and writes over values that it makes anew; this is no
      // default because it would also hide that a component was renamed without an alias.
      const unknown = first.code !== 0 && /already exists/.test(first.output);
      const adopting = { PULUMI_K8S_UPSERT_EXISTING_OBJECTS: "true", PULUMI_K8S_ENABLE_PATCH_FORCE: "true" };
      refuseFailure(unknown ? await up(adopting) : first);
    },
  );
}

/** Removes what a stack holds from the cluster, and the stack. Does nothing when it was never brought up. */
export async function pulumiDestroy(target: LocalStack): Promise<void> {
  if (!existsSync(settingsFile(target))) return;
  await pulumi(target, ["cancel", "--yes"]);
  // Protection is for data; here there is none, and whoever removes an embedded environment means all of it.
  refuseFailure(await pulumi(target, ["state", "unprotect", "--all", "--yes"]));
  refuseFailure(await pulumi(target, ["destroy", "--yes", "--skip-preview", `--parallel=${parallel}`]));
  // Without --preserve-config, and with destroy --remove, Pulumi deletes the stack's file from the project's folder.
  refuseFailure(await pulumi(target, ["stack", "rm", "--yes", "--preserve-config"]));
  rmSync(settingsFile(target));
}

/** Runs the Pulumi CLI for a stack, with the copy of its settings. */
function pulumi(
  target: LocalStack,
  args: readonly string[],
  { env = {}, onLine }: Pick<Run, "env" | "onLine"> = {},
): Promise<Ended> {
  return runProgram({
    command: "pulumi",
    args: [...argumentsFor(target, args), "--non-interactive", "--color=never"],
    cwd: join(root, target.project),
    env: { ...environment(target), ...env },
    limit,
    ...(onLine === undefined ? {} : { onLine }),
  });
}

/** The same for people: its output is theirs, and its exit code is returned. */
export function runPulumi(target: LocalStack, args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn("pulumi", argumentsFor(target, args), {
      cwd: join(root, target.project),
      env: { ...process.env, ...environment(target) },
      stdio: "inherit",
    });
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? 2));
  });
}

const takeSettings = ["config", "destroy", "import", "preview", "refresh", "up"];

function argumentsFor(target: LocalStack, args: readonly string[]): string[] {
  const settings = takeSettings.includes(args[0] ?? "") ? ["--config-file", settingsFile(target)] : [];
  return [...args, "--stack", target.stack, ...settings];
}

/** Where the copy of a stack's settings is. */
function settingsFile({ instance, project, stack }: LocalStack): string {
  return join(pulumiFolder(instance), project === "." ? "environments" : project, `Pulumi.${stack}.yaml`);
}

/** Makes the state's folder, the passphrase, the stack and the copy of its settings, as far as they are missing. */
export async function preparePulumi(target: LocalStack): Promise<void> {
  const folder = dirname(settingsFile(target));
  mkdirSync(join(pulumiFolder(target.instance), "state"), { recursive: true, mode: 0o700 });
  mkdirSync(folder, { recursive: true });
  if (!existsSync(passphraseFile(target.instance))) {
    writeFileSync(passphraseFile(target.instance), randomBytes(24).toString("base64url"), { mode: 0o600 });
  }
  if (!existsSync(settingsFile(target))) {
    // Making a stack writes its settings file into the project's folder, and that is to stay clean.
    copyFileSync(join(root, target.project, "Pulumi.yaml"), join(folder, "Pulumi.yaml"));
    const args = ["stack", "init", target.stack, "--non-interactive", "--color=never"];
    const made = await runProgram({ command: "pulumi", args, cwd: folder, env: environment(target), limit: 60 });
    if (made.code !== 0 && !made.output.includes("already exists")) refuseFailure(made);
  }
  const { encryptionsalt } = readSalt(settingsFile(target));
  const { config } = readStackFile(join(root, target.project, `Pulumi.${target.stack}.yaml`));
  const plain = Object.fromEntries(Object.entries(config).filter(([key]) => !key.endsWith(":secrets")));
  writeFileSync(settingsFile(target), dump({ encryptionsalt, config: plain }));
  const paths = secretsOf(target.components)
    .flatMap(leavesOf)
    .flatMap((leaf) => (leaf.secret === "setting" ? [leaf.path] : []));
  if (paths.length === 0) return;
  const values = [...new Set(paths)].flatMap((path) => ["--secret", `secrets.${path}=${placeholder(path)}`]);
  refuseFailure(await pulumi(target, ["config", "set-all", "--path", ...values]));
}

function readSalt(path: string): { readonly encryptionsalt: string } {
  const salt = existsSync(path) ? /^encryptionsalt: (\S+)$/m.exec(readFileSync(path, "utf8"))?.[1] : undefined;
  if (salt === undefined) {
    throw new UsageError(`${path} has no encryptionsalt: it was damaged. Start afresh with: make down, then make up`);
  }
  return { encryptionsalt: salt };
}

function environment({ instance }: LocalStack): Readonly<Record<string, string>> {
  const path = [dirname(process.execPath), dirname(programPath("kubernetes", "kubectl")), process.env["PATH"] ?? ""];
  return {
    // Pulumi starts `node`, and the program's preflight `kubectl`.
    PATH: path.join(delimiter),
    KUBECONFIG: instance.kubeconfig,
    PULUMI_BACKEND_URL: `file://${join(pulumiFolder(instance), "state")}`,
    PULUMI_CONFIG_PASSPHRASE_FILE: passphraseFile(instance),
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
}

function refuseFailure({ code, output }: Ended): void {
  if (code !== 0) throw new UsageError(`Pulumi failed:\n${pulumiFailure(output)}`);
}

/** Of what Pulumi said, why it failed: its diagnostics, or the end where there are none. */
export function pulumiFailure(output: string): string {
  const [, diagnostics] = /^Diagnostics:\n([^]*?)(?=^\S|(?![^]))/m.exec(output) ?? [];
  return (diagnostics ?? output).trimEnd().split("\n").slice(-40).join("\n");
}

function pulumiFolder(instance: Instance): string {
  return join(instance.folder, "pulumi");
}

function passphraseFile(instance: Instance): string {
  return join(pulumiFolder(instance), "passphrase");
}
