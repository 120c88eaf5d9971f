import type { Component } from "../kubernetes/manifest.ts";
import type { Instance } from "./paths.ts";
import { runProgram } from "./process.ts";
import type { Progress } from "./progress.ts";

export interface PulumiUp {
  readonly instance: Instance;
  /** Folder of the Pulumi project below the root. */
  readonly project: string;
  readonly stack: string;
  readonly components: readonly Component[];
  readonly progress: Progress;
}

/** Whether there is a Pulumi CLI to use. */
export async function pulumiInstalled(): Promise<boolean> {
  return (await runProgram({ command: "pulumi", args: ["version"], limit: 30 })).code === 0;
}

export async function pulumiUp(_: PulumiUp): Promise<void> {
  throw new Error("later");
}

export async function pulumiDestroy(_: Instance, __: string): Promise<void> {
  throw new Error("later");
}
