import { publishedDefinitions } from "../local/definitions.ts";
import { progressTo } from "../local/progress.ts";
import type { ModuleName } from "../local/toolchain.ts";
import { buildToolchain, modules } from "../local/toolchain.ts";

/** Builds and brings all that the embedded cluster and the tests start. @throws {UsageError} without a Go that is new enough */
export async function toolchainCommand(): Promise<void> {
  const progress = progressTo(process.stderr);
  await buildToolchain(Object.keys(modules) as ModuleName[], progress);
  await publishedDefinitions(progress);
}
