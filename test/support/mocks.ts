import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks.js";
import { vi } from "vitest";
import { secretsOf } from "../../kubernetes/secret-manifest.ts";
import type { Component } from "../../kubernetes/manifest.ts";
import { leavesOf } from "../../kubernetes/sinks.ts";
import { canary, canaryDigits, canaryOf } from "./secrets.ts";

/** A registration as the engine would have seen it. */
export interface Registered {
  readonly type: string;
  readonly name: string;
  readonly custom: boolean;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly parent: string;
  readonly provider: string;
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  readonly dependencies: readonly string[];
}

export interface Recording {
  readonly resources: readonly Registered[];
  readonly outputs: Readonly<Record<string, unknown>>;
  /** How many of them were on their way when the program had made the last. */
  readonly sentMeanwhile: number;
}

/** A stack to run a program for: its configuration as Pulumi hands it over. */
export interface MockStack {
  readonly project: string;
  readonly stack: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/** The files that Pulumi runs, seen from here. */
type Program = "../../index.ts" | "../../cluster/index.ts";

let runs = 0;

/** Registrations of the last run, also of one that ended with an error. */
export let registrations = 0;

/**
 * Runs a Pulumi program under the SDK's mocks. The mocks are the process's own, so that only this file sets them. The
 * caller replaces the preflight, which would ask a server.
 */
export async function runUnderMocks({ project, stack, config }: MockStack, program: Program): Promise<Recording> {
  const inputs = new Map<string, Readonly<Record<string, unknown>>>();
  const text = Object.entries(config).map(([key, value]) => [
    key,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  pulumi.runtime.setAllConfig(Object.fromEntries(text) as Record<string, string>, [`${project}:secrets`]);
  // The mocks see a part of each request; protection, parents and dependencies are in the whole.
  const requests = vi.spyOn(MockMonitor.prototype, "registerResource");
  await pulumi.runtime.setMocks(
    {
      newResource: (args) => {
        inputs.set(`${args.type} ${args.name}`, args.inputs as Record<string, unknown>);
        return { id: `${args.name}-id`, state: { ...(args.inputs as object), ...generatedState(args) } };
      },
      call: (args) => args.inputs as Record<string, unknown>,
    },
    project,
    stack,
    false,
  );
  const limit = Error.stackTraceLimit;
  try {
    // The query makes the program itself a new module, and only that: all it imports is loaded once.
    const outputs = (await import(`${program}?run=${++runs}`)) as object;
    const sentMeanwhile = requests.mock.calls.length;
    await pulumi.runtime.disconnect();
    const resources = requests.mock.calls.map(([request]) => recorded(request as RegisterResourceRequest, inputs));
    return { resources, outputs: { ...outputs }, sentMeanwhile };
  } finally {
    registrations = requests.mock.calls.length;
    requests.mockRestore();
    // A program brings it back when its process ends.
    Error.stackTraceLimit = limit;
  }
}

/** The part of the protocol's request that tests look at. */
interface RegisterResourceRequest {
  getType(): string;
  getName(): string;
  getCustom(): boolean;
  getParent(): string;
  getProvider(): string;
  getProtect(): boolean;
  getRetainondelete(): boolean;
  getDependenciesList(): string[];
}

function recorded(
  request: RegisterResourceRequest,
  inputs: ReadonlyMap<string, Readonly<Record<string, unknown>>>,
): Registered {
  const type = request.getType();
  const name = request.getName();
  return {
    type,
    name,
    custom: request.getCustom(),
    inputs: inputs.get(`${type} ${name}`) ?? {},
    parent: request.getParent(),
    provider: request.getProvider(),
    protect: request.getProtect(),
    retainOnDelete: request.getRetainondelete(),
    dependencies: request.getDependenciesList(),
  };
}

/** What the random provider would have computed. It marks its results as secret; the SDK's mocks do not know that. */
function generatedState({ type, name, inputs }: pulumi.runtime.MockResourceArgs): object {
  if (!type.startsWith("random:")) return {};
  const { length, overrideSpecial } = inputs as { readonly length?: number; readonly overrideSpecial?: string };
  return { result: overrideSpecial === undefined ? `${canary}-${name}` : canaryDigits(name, length ?? 0) };
}

/** A value for every secret setting that some components use, as the configuration holds them. */
export function secretSettings(components: readonly Component[]): Readonly<Record<string, unknown>> {
  const tree: Record<string, unknown> = {};
  for (const leaf of secretsOf(components).flatMap(leavesOf)) {
    if (leaf.secret !== "setting") continue;
    const path = leaf.path.split(".");
    let at = tree;
    for (const key of path.slice(0, -1)) at = (at[key] ??= {}) as Record<string, unknown>;
    at[path.at(-1) ?? ""] = canaryOf(leaf);
  }
  return tree;
}

/** The key by which the SDK marks a value on its way to the engine as secret. */
const secretSignature = "4dabf18193072939515e22adb298388d";

/** Whether the SDK marked a value as secret. */
export function isMarkedSecret(value: unknown): value is { readonly value: unknown } {
  return typeof value === "object" && value !== null && secretSignature in value;
}

/** A deep copy without the marks of secrecy. */
export function unmarked(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (isMarkedSecret(value)) return unmarked(value.value);
  if (Array.isArray(value)) return value.map(unmarked);
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, unmarked(child)]));
}
