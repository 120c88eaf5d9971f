import { readFileSync } from "node:fs";
import { withPreview } from "../review/engine.ts";
import type { Preview } from "../review/preview.ts";
import { parsePreview } from "../review/preview.ts";
import { UsageError } from "../policies/finding.ts";
import { clusterProject } from "../stacks/cluster.ts";
import { project } from "../stacks/load.ts";
import type { Made } from "./diff.ts";

/**
 * Adds what previews know to the environments that they are of.
 * @throws {UsageError} for a file that cannot be read or is of no environment of the report
 */
export function mergePreviews(report: Made, files: readonly string[]): Made {
  return files.reduce((made, file) => {
    const preview = parsePreview(read(file), file);
    const name = environmentOf(preview, made, file);
    const environments = made.environments.map((environment) =>
      environment.name === name ? withPreview(environment, preview) : environment,
    );
    return { ...made, environments };
  }, report);
}

function environmentOf({ of }: Preview, { environments }: Made, file: string): string {
  const names = environments.map(({ name }) => name);
  const [only, ...others] = names;
  if (of === undefined) {
    if (only !== undefined && others.length === 0) return only;
    throw new UsageError(
      `${file} changes nothing, and does not say of which stack it is. Name the environment: ./suoke diff <env> --preview ${file}`,
    );
  }
  const known: Readonly<Record<string, string>> = { [project]: of.stack, [clusterProject]: `cluster/${of.stack}` };
  const name = known[of.project];
  if (name !== undefined && names.includes(name)) return name;
  throw new UsageError(
    `${file} is a preview of stack ${of.stack} of project ${of.project}, which is not compared here. ` +
      `Compared are: ${names.join(", ")}.`,
  );
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}
