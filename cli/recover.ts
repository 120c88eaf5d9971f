import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Recovery } from "../delivery/recovery.ts";
import { importFile, recoverSecrets } from "../delivery/recovery.ts";
import type { Component } from "../kubernetes/manifest.ts";
import { objectsOf } from "../kubernetes/manifest.ts";
import { root } from "../local/paths.ts";
import { writePrivate } from "../local/private-file.ts";
import { UsageError } from "../policies/finding.ts";
import { environmentNamed, loadEnvironment, project } from "../stacks/load.ts";
import { platform } from "../stacks/platform.ts";
import type { EnvironmentName } from "../stacks/environment.ts";
import { withApi } from "./api.ts";
import type { DeliveryEngine } from "./engine.ts";
import { deliveryEngine } from "./engine.ts";
import type { Cluster } from "./kubectl.ts";
import { kubectlOutput, resourceName } from "./kubectl.ts";
import { adopting, releaseLostManagers } from "./recover-adopt.ts";

export interface RecoverOptions {
  readonly engine?: string;
  /** Folder for what is read back. */
  readonly out?: string;
  /** Put the secrets into the stack's settings as well. */
  readonly setSecrets?: true;
  /** Take over what the cluster has into a state that is empty. */
  readonly adopt?: true;
}

/** Reads back what a stack's state can be rebuilt from, when only the cluster still has it; or rebuilds it. */
export async function recoverCommand(env: string, options: RecoverOptions): Promise<void> {
  const stack = environmentNamed(env);
  if (options.adopt === true) {
    await adopt(stack, deliveryEngine(options.engine));
    return;
  }
  if (options.out === undefined) {
    throw new UsageError(
      "Say what to do: --out <folder> reads back what the cluster has; then --adopt rebuilds the state from it.",
    );
  }
  await readBackTo(options.out, stack, options);
}

/** Everything becomes part of the state as it is: nothing is deleted, made anew or restarted. */
async function adopt(stack: EnvironmentName, engine: DeliveryEngine): Promise<void> {
  if (engine.name !== "pulumi") throw new UsageError("Only Pulumi has a state to rebuild: leave out --engine.");
  const loaded = loadEnvironment(stack, root);
  await engine.up(stack, adopting);
  const objects = objectsOf(platform(loaded));
  const released = await withApi(engine.cluster(loaded), (api) => releaseLostManagers(api, objects));
  process.stdout.write(
    `The state of ${stack} has what the cluster has; ${released} objects no longer belong to the state that was lost.\n` +
      `Nothing should be left to change: pulumi preview -s ${stack} --expect-no-changes\n`,
  );
}

async function readBackTo(
  out: string,
  stack: EnvironmentName,
  { engine, setSecrets: set }: RecoverOptions,
): Promise<void> {
  const loaded = loadEnvironment(stack, root);
  const components = platform(loaded);
  const cluster = deliveryEngine(engine).cluster(loaded);
  const { namespace } = loaded.data;
  const live = await liveObjects(components, namespace, cluster);
  const imports = importFile(components, { project, stack }, (kind, name) => live.names.has(`${kind} ${name}`));
  const secrets = recoverSecrets(components, (secret, key) => live.secrets.get(secret)?.[key]);
  if (live.names.size === 0)
    throw new UsageError(`There is nothing in ${namespace} to recover from. Was it the right cluster?`);
  mkdirSync(out, { recursive: true, mode: 0o700 });
  const file = join(out, `import-${stack}.json`);
  const secretsFile = set === true ? undefined : join(out, `secrets-${stack}.json`);
  writeFileSync(file, `${JSON.stringify(imports, null, 2)}\n`);
  if (secretsFile === undefined) await setSecrets(stack, secrets);
  else keepSecrets(secretsFile, secrets);
  report(file, stack, imports.resources.length, secrets, secretsFile);
}

interface Live {
  /** `Deployment auth-service`. */
  readonly names: ReadonlySet<string>;
  /** Secret → key → value. */
  readonly secrets: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

interface LiveItem {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly data?: Readonly<Record<string, string>>;
}

async function liveObjects(components: readonly Component[], namespace: string, cluster: Cluster): Promise<Live> {
  const kinds = [...new Set(objectsOf(components).map(resourceName))].join(",");
  const answer = await kubectlOutput(cluster, ["get", kinds, `--namespace=${namespace}`, "-o", "json"]);
  const { items } = JSON.parse(answer) as { items: readonly LiveItem[] };
  const decode = (text: string): string => Buffer.from(text, "base64").toString();
  return {
    names: new Set(items.map(({ kind, metadata }) => `${kind} ${metadata.name}`)),
    secrets: new Map(
      items
        .filter(({ kind }) => kind === "Secret")
        .map(({ metadata, data = {} }) => [
          metadata.name,
          Object.fromEntries(Object.entries(data).map(([key, value]) => [key, decode(value)])),
        ]),
    ),
  };
}

function keepSecrets(file: string, { recovered }: Recovery): void {
  const values = Object.fromEntries(recovered.map(({ path, value }) => [path, value]));
  writePrivate(file, `${JSON.stringify(values, null, 2)}\n`);
}

async function setSecrets(stack: string, { recovered }: Recovery): Promise<void> {
  for (const { path, value } of recovered) {
    const args = ["config", "set", "--secret", "--path", "--non-interactive", "--stack", stack, path];
    // Through a pipe: arguments can be read by everybody on the machine.
    const code = await new Promise<number>((resolve, reject) => {
      const child = spawn("pulumi", args, { cwd: root, stdio: ["pipe", "inherit", "inherit"] });
      child.on("error", () =>
        reject(new UsageError("There is no pulumi on PATH: https://www.pulumi.com/docs/install/")),
      );
      child.on("close", (ended) => resolve(ended ?? 2));
      // A program that ends early closes the pipe; its exit code tells.
      child.stdin.on("error", () => undefined);
      child.stdin.end(value);
    });
    if (code !== 0) throw new UsageError(`pulumi could not set ${path}: see its output above.`);
  }
}

function report(file: string, stack: string, count: number, secrets: Recovery, secretsFile: string | undefined): void {
  process.stdout.write(
    [
      `${file}: ${count} resources.`,
      secretsFile === undefined
        ? `${secrets.recovered.length} secrets were set in Pulumi.${stack}.yaml.`
        : `${secretsFile}: ${secrets.recovered.length} secrets in plain text. Delete it when you are done.`,
      ...secrets.missing.map((id) => `Not in the cluster: ${id}. It will be made anew, or has to be set.`),
      ...secrets.changed.map((key) => `Not what the settings make of it, and so would change: ${key}.`),
      "What to do with them: docs/runbooks/lost-state.md",
      "",
    ].join("\n"),
  );
}
