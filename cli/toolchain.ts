import { progressTo } from "../local/progress.ts";
import type { ModuleName } from "../local/toolchain.ts";
import { buildToolchain, modules } from "../local/toolchain.ts";

export async function toolchainCommand(): Promise<void> {
  await buildToolchain(Object.keys(modules) as ModuleName[], progressTo(process.stderr));
}
