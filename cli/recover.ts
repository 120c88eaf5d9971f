import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Recovery } from "../delivery/recovery.ts";
import { importFile, recoverSecrets } from "../delivery/recovery.ts";
import type { Component } from "../kubernetes/manifest.ts";
import { objectsOf } from "../kubernetes/manifest.ts";
import { root } from "../local/paths.ts";
import { UsageError } from "../policies/finding.ts";
import { environmentNamed, loadEnvironment, project } from "../stacks/load.ts";
import { platform } from "../stacks/platform.ts";
import { deliveryEngine } from "./engine.ts";
import type { Cluster } from "./kubectl.ts";
import { kubectlOutput, resourceName } from "./kubectl.ts";

export interface RecoverOptions {
  readonly engine?: string;
  readonly out: string;
  /** Put the secrets into the stack's settings as well. */
  readonly setSecrets?: true;
}

/** Writes what a stack's state can be rebuilt from, when only the cluster still has it. */
export async function recoverCommand(env: string, options: RecoverOptions): Promise<void> {
  const stack = environmentNamed(env);
  const loaded = loadEnvironment(stack, root);
  const components = platform(loaded);
  const cluster = deliveryEngine(options.engine).cluster(loaded);
  const { namespace } = loaded.data;
  const live = await liveObjects(components, namespace, cluster);
  const imports = importFile(components, { project, stack }, (kind, name) => live.names.has(`${kind} ${name}`));
  const secrets = recoverSecrets(components, (secret, key) => live.secrets.get(secret)?.[key]);
  if (live.names.size === 0)
    throw new UsageError(`There is nothing in ${namespace} to recover from. Was it the right cluster?`);
  mkdirSync(options.out, { recursive: true, mode: 0o700 });
  const file = join(options.out, `import-${stack}.json`);
  writeFileSync(file, `${JSON.stringify(imports, null, 2)}\n`);
  if (options.setSecrets === true) await setSecrets(stack, secrets);
  else keepSecrets(join(options.out, `secrets-${stack}.json`), secrets);
  report(file, stack, imports.resources.length, secrets, options);
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
  writeFileSync(file, `${JSON.stringify(values, null, 2)}\n`, { mode: 0o600 });
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
      child.stdin.end(value);
    });
    if (code !== 0) throw new UsageError(`pulumi could not set ${path}: see its output above.`);
  }
}

function report(
  file: string,
  stack: string,
  count: number,
  secrets: Recovery,
  { setSecrets, out }: RecoverOptions,
): void {
  process.stdout.write(
    [
      `${file}: ${count} resources.`,
      setSecrets === true
        ? `${secrets.recovered.length} secrets were set in Pulumi.${stack}.yaml.`
        : `${join(out, `secrets-${stack}.json`)}: ${secrets.recovered.length} secrets in plain text. Delete it when you are done.`,
      ...secrets.missing.map((id) => `Not in the cluster: ${id}. It will be made anew, or has to be set.`),
      "What to do with them: docs/runbooks/lost-state.md",
      "",
    ].join("\n"),
  );
}
