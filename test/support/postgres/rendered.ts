import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Client } from "pg";
import type { KubernetesObject, ObjectOf } from "../../../kubernetes/manifest.ts";
import { objectsOf } from "../../../kubernetes/manifest.ts";
import { isSecret } from "../../../kubernetes/secrets.ts";
import { silent } from "../../../local/progress.ts";
import { buildToolchain, programPath } from "../../../local/toolchain.ts";
import type { EnvironmentName } from "../../../stacks/environment.ts";
import { platform } from "../../../stacks/platform.ts";
import { environmentOf } from "../environments.ts";
import { canaryValue } from "../secrets.ts";
import type { Login, PostgresServer } from "./server.ts";
import { startPostgres } from "./server.ts";

/** What an environment renders around PostgreSQL. */
export type Rendered = readonly KubernetesObject[];

export function renderedPostgres(environment: EnvironmentName): Rendered {
  return objectsOf(platform(environmentOf(environment)));
}

function only<Kind extends KubernetesObject["kind"]>(
  objects: Rendered,
  kind: Kind,
  name?: string,
): Extract<KubernetesObject, { kind: Kind }> {
  const found = objects.filter(
    (object): object is Extract<KubernetesObject, { kind: Kind }> =>
      object.kind === kind && (name === undefined || object.metadata.name === name),
  );
  const [first] = found;
  if (first === undefined || found.length > 1) throw new Error(`${found.length} objects are ${kind} ${name ?? ""}.`);
  return first;
}

export function clusterOf(objects: Rendered): ObjectOf<"Cluster"> {
  return only(objects, "Cluster");
}

export function poolerOf(objects: Rendered, name: string): ObjectOf<"Pooler"> {
  return only(objects, "Pooler", name);
}

export function databasesOf(objects: Rendered): string[] {
  return objects.flatMap((object) => (object.kind === "Database" ? [object.spec.name] : []));
}

/** The value of a Secret's key, with test values for what is generated. */
function secretValue(objects: Rendered, secret: string, key: string): string {
  const value = only(objects, "Secret", secret).stringData[key];
  if (value === undefined) throw new Error(`Secret ${secret} has no key ${key}.`);
  return isSecret(value) ? canaryValue(value) : value;
}

/** A role that logs in, with the password that its Secret holds. */
export function loginOf(objects: Rendered, role: string): Login {
  const secret = clusterOf(objects).spec.managed?.roles?.find(({ name }) => name === role)?.passwordSecret?.name;
  if (secret === undefined) throw new Error(`No role ${role} logs in.`);
  return { role, password: secretValue(objects, secret, "password") };
}

/** Does to an empty server what the operator does for the Cluster's managed roles. */
async function createRoles(client: Client, objects: Rendered): Promise<void> {
  for (const { name, login, inRoles = [] } of clusterOf(objects).spec.managed?.roles ?? []) {
    const password = login === true ? `LOGIN PASSWORD ${client.escapeLiteral(loginOf(objects, name).password)}` : "";
    const member = inRoles.length === 0 ? "" : `IN ROLE ${inRoles.map((role) => client.escapeIdentifier(role)).join()}`;
    await client.query(`CREATE ROLE ${client.escapeIdentifier(name)} ${password} ${member}`);
  }
}

/** Does what the operator does for the Database objects, after it has thrown away what there is. */
export async function createDatabases(client: Client, objects: Rendered): Promise<void> {
  for (const object of objects) {
    if (object.kind !== "Database") continue;
    const name = client.escapeIdentifier(object.spec.name);
    await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await client.query(`CREATE DATABASE ${name} OWNER ${client.escapeIdentifier(object.spec.owner)}`);
  }
}

/** How the platform's tool runs as a Job: its configuration as mounted, its environment with the URLs of a test's server. */
export interface Tool {
  readonly env: Readonly<Record<string, string>>;
  readonly config: string;
  /** Where the files of a database's migrations are. */
  readonly migrations: (database: string) => string;
}

/** Writes what the Job mounts below a folder. */
export function toolOf(objects: Rendered, folder: string, port: number): Tool {
  const job = objects.find(
    (object): object is ObjectOf<"Job"> =>
      object.kind === "Job" && object.metadata.labels["app"] === "postgres-migrations",
  );
  const pod = job?.spec?.template.spec;
  const container = pod?.containers[0];
  if (pod === undefined || container === undefined) throw new Error("There is no Job for migrations.");
  for (const { name, mountPath } of container.volumeMounts ?? []) {
    const map = pod.volumes?.find((volume) => volume.name === name)?.configMap?.name;
    if (map === undefined) continue;
    for (const [file, content] of Object.entries(only(objects, "ConfigMap", map).data ?? {})) {
      write(join(folder, mountPath, file), content.replaceAll('"/migrations/', `"${folder}/migrations/`));
    }
  }
  const env = (container.env ?? []).map(({ name, valueFrom }) => {
    const { secretKeyRef } = valueFrom ?? {};
    const url = secretValue(objects, secretKeyRef?.name ?? "", secretKeyRef?.key ?? "");
    return [name, local(url, port)] as const;
  });
  return {
    env: Object.fromEntries(env),
    config: join(folder, "config/postgres.json"),
    migrations: (database) => join(folder, "migrations", database),
  };
}

/** A URL with the address of a test's server, which has no certificate. */
function local(url: string, port: number): string {
  return url.replace(/@[^/]+\//, `@127.0.0.1:${port}/`).replace("sslmode=require", "sslmode=disable");
}

function write(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

/** A server with the roles and settings of an environment, the tool built. */
export interface RenderedServer {
  readonly objects: Rendered;
  readonly server: PostgresServer;
  readonly superuser: Client;
  readonly stop: () => Promise<void>;
}

export async function startRendered(environment: EnvironmentName): Promise<RenderedServer> {
  await buildToolchain(["postgres"], silent);
  const objects = renderedPostgres(environment);
  const server = await startPostgres(clusterOf(objects).spec.postgresql?.parameters ?? {});
  const superuser = await server.connect("postgres");
  await createRoles(superuser, objects);
  const stop = async (): Promise<void> => {
    await superuser.end();
    await server.stop();
  };
  return { objects, server, superuser, stop };
}

/** One column of what a query gives. */
export async function column(client: Client, query: string, ...values: readonly unknown[]): Promise<unknown[]> {
  const { rows } = await client.query<Record<string, unknown>>(query, [...values]);
  return rows.map((row) => Object.values(row)[0]);
}

/** A run of the tool. */
export interface ToolRun {
  readonly ended: Promise<{ readonly code: number; readonly output: string }>;
  /** As the kubelet does when a node goes: no time to clean up. */
  readonly kill: () => void;
}

/** Starts the platform's tool: `migrate`, or `partitions --now …`. */
export function startTool({ env, config }: Tool, command: string, ...flags: readonly string[]): ToolRun {
  const child = spawn(programPath("postgres", "postgres"), [command, "--config", config, "--wait", "30s", ...flags], {
    env: { ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const collect = (chunk: Buffer): void => void (output += chunk.toString());
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  const kill = (): void => void child.kill("SIGKILL");
  process.once("exit", kill);
  const ended = new Promise<{ code: number; output: string }>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code: code ?? -1, output }));
  }).finally(() => process.removeListener("exit", kill));
  return { ended, kill };
}

/** Runs the tool to its end. @throws with what it said when it fails */
export async function runTool(tool: Tool, command: string, ...flags: readonly string[]): Promise<string> {
  const { code, output } = await startTool(tool, command, ...flags).ended;
  if (code !== 0) throw new Error(`${[command, ...flags].join(" ")} ended with ${code}:\n${output}`);
  return output;
}
