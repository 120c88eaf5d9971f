import { readFileSync } from "node:fs";
import { withPreview } from "../review/engine.ts";
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
    const known: Readonly<Record<string, string>> = {
      [project]: preview.stack,
      [clusterProject]: `cluster/${preview.stack}`,
    };
    const name = known[preview.project];
    if (name === undefined || !made.environments.some((environment) => environment.name === name)) {
      throw new UsageError(
        `${file} is a preview of stack ${preview.stack} of project ${preview.project}, which is not compared here. ` +
          `Compared are: ${made.environments.map((environment) => environment.name).join(", ")}.`,
      );
    }
    const environments = made.environments.map((environment) =>
      environment.name === name ? withPreview(environment, preview) : environment,
    );
    return { ...made, environments };
  }, report);
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}
