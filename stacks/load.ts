import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { YAMLException, load } from "js-yaml";
import { migrations } from "../catalogue/migrations.ts";
import { partitioned } from "../catalogue/partitions.ts";
import { services } from "../catalogue/services.ts";
import type { Finding } from "../policies/finding.ts";
import { Findings, UsageError, suggest } from "../policies/finding.ts";
import type { RawConfig } from "./decode.ts";
import { decode } from "./decode.ts";
import { dev } from "./dev.ts";
import type { Environment, EnvironmentData, EnvironmentName } from "./environment.ts";
import { environmentNames } from "./environment.ts";
import { toolsImageName } from "./images.ts";
import { prod } from "./prod.ts";
import { settingsSchema } from "./settings.ts";
import { staging } from "./staging.ts";

/** Name of the Pulumi project, and so the namespace of its settings. */
export const project = "suoke-life";

export const environments: Readonly<Record<EnvironmentName, EnvironmentData>> = { dev, staging, prod };

/** @throws {UsageError} when there is no such environment */
export function environmentNamed(name: string): EnvironmentName {
  const found = environmentNames.find((known) => known === name);
  if (found === undefined)
    throw new UsageError(`There is no environment "${name}". ${suggest(name, environmentNames)}`);
  return found;
}

/**
 * An environment from its data and the configuration of its stack.
 * @param findings what reading the configuration has found already
 * @throws {Findings} with every error in the settings
 */
export function environment(name: EnvironmentName, raw: RawConfig, findings: readonly Finding[] = []): Environment {
  const data = environments[name];
  const running = Object.entries(data.services).flatMap(([service, { kind }]) => (kind === "on" ? [service] : []));
  const { postgres, consul } = data.systems;
  const tools = [postgres, consul].some(({ kind }) => kind === "managed") ? [toolsImageName] : [];
  const schema = settingsSchema([...running, ...tools]);
  const settings = decode({ schema, raw, project, file: `Pulumi.${name}.yaml`, findings });
  return Object.freeze({ catalogue: services, migrations, partitioned, data, settings });
}

/**
 * An environment as its stack file in `root` says, without Pulumi.
 * @throws {Findings} with every error in the file
 */
export function loadEnvironment(name: EnvironmentName, root: string): Environment {
  const { config, findings } = readStackFile(join(root, `Pulumi.${name}.yaml`));
  return environment(name, config, findings);
}

const stackFileKeys = ["config", "secretsprovider", "encryptionsalt", "encryptedkey", "environment"];

/**
 * The `config` of a Pulumi stack file.
 * @throws {UsageError} when there is no such file
 */
export function readStackFile(path: string): { readonly config: RawConfig; readonly findings: readonly Finding[] } {
  const file = basename(path);
  if (!existsSync(path))
    throw new UsageError(`${path} does not exist. Restore it from git: every environment has one.`);
  const top = parseYaml(readFileSync(path, "utf8"), file);
  const findings = Object.keys(top)
    .filter((key) => !stackFileKeys.includes(key))
    .map((key) => ({
      rule: "settings/unknown-key",
      place: `${file}: ${key}`,
      problem: `unknown key "${key}".`,
      fix: suggest(key, stackFileKeys),
    }));
  const config = record(top["config"]) ?? {};
  return { config, findings: [...findings, ...plainSecrets(config, file)] };
}

function parseYaml(text: string, file: string): Readonly<Record<string, unknown>> {
  try {
    return record(load(text, { filename: file })) ?? {};
  } catch (error) {
    // Without the lines around it, which its message repeats: secrets may stand there.
    const message =
      error instanceof YAMLException
        ? `${error.reason}${error.mark === undefined ? "" : ` (line ${error.mark.line + 1}, column ${error.mark.column + 1})`}`
        : String(error);
    throw new Findings([
      { rule: "settings/syntax", place: file, problem: `is not YAML: ${message}.`, fix: "Correct the line." },
    ]);
  }
}

/** Secrets that stand in the file unencrypted. */
function plainSecrets(config: RawConfig, file: string): Finding[] {
  const found: string[] = [];
  const walk = (value: unknown, path: string): void => {
    const children = record(value);
    if (children === undefined) found.push(path);
    else if (!("secure" in children)) Object.entries(children).forEach(([key, child]) => walk(child, `${path}.${key}`));
  };
  const secrets = config[`${project}:secrets`];
  if (secrets !== undefined) walk(secrets, "secrets");
  return found.map((path) => ({
    rule: "settings/plain-secret",
    place: `${file}: ${project}:${path}`,
    problem: "stands in plain text.",
    fix: `Rotate it, as git remembers it, and set the new value with: pulumi config set --secret --path ${path}`,
  }));
}

function record(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined;
}
