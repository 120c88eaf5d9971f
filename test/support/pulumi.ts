import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { dump, load } from "js-yaml";
import { previewerName } from "../../components/delivery/previewer.ts";
import type { Instance } from "../../local/paths.ts";
import { programPath } from "../../local/toolchain.ts";
import { deliveryNamespace } from "../../stacks/cluster.ts";
import type { EnvironmentName } from "../../stacks/environment.ts";
import { environments } from "../../stacks/load.ts";

/** A backend of Pulumi's state in a folder, and a passphrase for its secrets. */
export interface Backend {
  readonly variables: Readonly<Record<string, string>>;
}

export function backend(folder: string, passphrase: string): Backend {
  mkdirSync(folder, { recursive: true });
  return {
    variables: {
      PULUMI_BACKEND_URL: `file://${folder}`,
      PULUMI_CONFIG_PASSPHRASE: passphrase,
      PULUMI_SKIP_UPDATE_CHECK: "true",
      // The state is small, and waits are what an up is made of.
      PULUMI_PARALLEL: "256",
    },
  };
}

/** Folders of the programs that Pulumi and the pipeline's jobs start. */
export const programs: readonly string[] = [
  dirname(process.execPath),
  dirname(programPath("kubernetes", "kubectl")),
  process.env["PATH"] ?? "",
];

/** Runs the real CLI. @returns what it printed @throws when it fails, with all that it said */
export function pulumi(tree: string, variables: Readonly<Record<string, string>>, ...args: readonly string[]): string {
  return execFileSync("pulumi", [...args, "--non-interactive", "--color=never"], {
    cwd: tree,
    encoding: "utf8",
    maxBuffer: 2 ** 28,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...variables, PATH: programs.join(":") },
  });
}

/** Where values of Secrets stand in texts: plain, in JSON, in base64. @returns names of texts with keys of Secrets, without values */
export function disclosed(
  values: ReadonlyMap<string, string>,
  texts: Readonly<Record<string, string>>,
): readonly string[] {
  return Object.entries(texts).flatMap(([name, text]) =>
    [...values].flatMap(([key, value]) => {
      const forms = [value, JSON.stringify(value).slice(1, -1), Buffer.from(value).toString("base64")];
      return forms.some((form) => text.includes(form)) ? [`${name}: ${key}`] : [];
    }),
  );
}

interface Kubeconfig {
  readonly contexts: readonly Named<"context", Readonly<Record<string, string>>>[];
  readonly users: readonly Named<"user", Readonly<Record<string, string>>>[];
}
type Named<K extends string, T> = Readonly<Record<K, T>> & { readonly name: string };

/** Contexts of GitLab's agents: of the deployer, and of the previewer. */
export const agentContexts = (environment: EnvironmentName): readonly [string, string] => [
  `suoke-life/platform:${environment}`,
  `suoke-life/platform:${environment}-preview`,
];

/** A kubeconfig with what GitLab's agents of an environment bring instead of the contexts that the stack files name. */
export function agentKubeconfig(instance: Instance, file: string, environment: EnvironmentName): void {
  const config = load(readFileSync(instance.kubeconfig, "utf8")) as Kubeconfig;
  const own = environments[environment].namespace;
  const context = config.contexts.find(({ name }) => name === own)?.context ?? {};
  const user = config.users.find(({ name }) => name === context["user"])?.user ?? {};
  const account = `system:serviceaccount:${deliveryNamespace}:${previewerName(environment)}`;
  const [deployer, previewer] = agentContexts(environment);
  const agents = {
    ...config,
    "current-context": deployer,
    contexts: [
      { name: deployer, context },
      { name: previewer, context: { ...context, user: "previewer" } },
    ],
    users: [...config.users, { name: "previewer", user: { ...user, as: account } }],
  };
  writeFileSync(file, dump(agents), { mode: 0o600 });
}

/** Takes what only a lost key can read out of a stack's settings. */
export function withoutSecrets(tree: string, environment: EnvironmentName): void {
  const file = join(tree, `Pulumi.${environment}.yaml`);
  const { config } = load(readFileSync(file, "utf8")) as { config: Readonly<Record<string, unknown>> };
  const kept = Object.fromEntries(Object.entries(config).filter(([key]) => !key.endsWith(":secrets")));
  writeFileSync(file, dump({ config: kept }));
}
