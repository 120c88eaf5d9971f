import * as z from "zod";
import { UsageError } from "../policies/finding.ts";
import type { PlainObject } from "./change.ts";
import { isRecord } from "./compare.ts";

/** What Pulumi's preview wants to do with one resource. */
export interface Step {
  readonly urn: string;
  /** `kubernetes:apps/v1:Deployment`. */
  readonly type: string;
  readonly name: string;
  readonly operation: "create" | "update" | "replace" | "delete";
  /** Fields for which it replaces. */
  readonly reasons: readonly string[];
  /** Fields whose values are known only when they are applied. */
  readonly unknown: readonly string[];
  /** The object before and after, of a resource that is one. It may hold secrets: for matching and rules, never to print. */
  readonly before?: PlainObject;
  readonly after?: PlainObject;
}

/** A preview of one stack. */
export interface Preview {
  readonly project: string;
  readonly stack: string;
  readonly steps: readonly Step[];
}

const state = z.object({ inputs: z.record(z.string(), z.unknown()).nullish() }).nullish();
const detailedDiff = z.record(z.string(), z.object({ kind: z.string().optional(), diffKind: z.string().optional() }));

/** One step in either form; they differ in what they call the states and reasons. */
const digestStep = z.object({
  op: z.string(),
  urn: z.string(),
  oldState: state,
  newState: state,
  replaceReasons: z.array(z.string()).nullish(),
  detailedDiff: detailedDiff.nullish(),
});
const digest = z.object({
  steps: z.array(digestStep).optional(),
  diagnostics: z.array(z.object({ severity: z.string().optional(), message: z.string().optional() })).optional(),
  changeSummary: z.record(z.string(), z.number()).optional(),
});

const eventStep = z.object({
  metadata: z.object({
    op: z.string(),
    urn: z.string(),
    old: state,
    new: state,
    keys: z.array(z.string()).nullish(),
    detailedDiff: detailedDiff.nullish(),
  }),
});
const event = z.object({
  sequence: z.number().optional(),
  timestamp: z.number(),
  resourcePreEvent: eventStep.optional(),
  diagnosticEvent: z.object({ severity: z.string(), message: z.string() }).optional(),
  errorEvent: z.object({ error: z.string() }).optional(),
  summaryEvent: z.object({}).optional(),
});

type RawStep = z.output<typeof digestStep>;

/**
 * Reads what `pulumi preview --json` printed: one object, or an event per line as with
 * `PULUMI_ENABLE_STREAMING_JSON_PREVIEW=true`.
 * @param name of the file, for messages
 * @throws {UsageError} for anything else, and for a preview that did not come to its end
 */
export function parsePreview(text: string, name: string): Preview {
  const { steps, errors } = rawSteps(text, name);
  const [first] = steps;
  if (errors.length > 0) {
    throw new UsageError(
      `The preview in ${name} failed, so that it does not know everything: ${errors[0]?.trim().split("\n")[0] ?? ""}`,
    );
  }
  if (first === undefined) throw unknownForm(name, "it has no steps");
  const [stack = "", project = ""] = first.urn.replace(/^urn:pulumi:/, "").split("::");
  const byUrn = Map.groupBy(steps, ({ urn }) => urn);
  return { project, stack, steps: [...byUrn].flatMap(([urn, same]) => mergedStep(urn, same) ?? []) };
}

function rawSteps(text: string, name: string): { readonly steps: RawStep[]; readonly errors: readonly string[] } {
  const whole = json(text);
  const first = json(text.trimStart().split("\n")[0] ?? "");
  if (isRecord(whole) && !("timestamp" in whole)) {
    const { success, data, error } = digest.safeParse(whole);
    if (!success) throw unknownForm(name, z.prettifyError(error).split("\n")[0] ?? "");
    const errors = (data.diagnostics ?? []).filter(({ severity }) => severity === "error");
    return { steps: data.steps ?? [], errors: errors.map(({ message = "" }) => message) };
  }
  if (!isRecord(first)) throw unknownForm(name, "it is not JSON");
  const events = text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line, index) => {
      const { success, data } = event.safeParse(json(line));
      if (!success) throw unknownForm(name, `line ${index + 1} is no event of Pulumi's engine`);
      return data;
    });
  if (!events.some(({ summaryEvent }) => summaryEvent !== undefined)) {
    throw new UsageError(`The preview in ${name} ends before its summary: it was cut off, or is still under way.`);
  }
  return {
    steps: events.flatMap(({ resourcePreEvent }) => {
      if (resourcePreEvent === undefined) return [];
      const { op, urn, old, new: next, keys, detailedDiff: detailed } = resourcePreEvent.metadata;
      return [{ op, urn, oldState: old, newState: next, replaceReasons: keys, detailedDiff: detailed }];
    }),
    errors: events.flatMap(({ diagnosticEvent, errorEvent }) => [
      ...(diagnosticEvent?.severity === "error" ? [diagnosticEvent.message] : []),
      ...(errorEvent === undefined ? [] : [errorEvent.error]),
    ]),
  };
}

function json(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function unknownForm(name: string, why: string): UsageError {
  return new UsageError(
    `${name} is no output of pulumi preview --json of a version that is known: ${why}. ` +
      "Pulumi 3.250 to 3.270 are known; leave out --preview to report without what only Pulumi knows.",
  );
}

/** Replacing takes several steps, of which one says so. */
const operations: Readonly<Record<string, Step["operation"]>> = {
  create: "create",
  update: "update",
  delete: "delete",
  replace: "replace",
  "create-replacement": "replace",
  "delete-replaced": "replace",
  import: "create",
  "import-replacement": "replace",
};

function mergedStep(urn: string, steps: readonly RawStep[]): Step | undefined {
  const found = steps.flatMap(({ op }) => operations[op] ?? []);
  const operation = found.includes("replace") ? "replace" : found[0];
  if (operation === undefined) return undefined;
  const [, , types = "", name = ""] = urn.replace(/^urn:pulumi:/, "").split("::");
  const type = types.split("$").at(-1) ?? "";
  const inputs = (which: "oldState" | "newState"): unknown =>
    steps.find((step) => (step[which] ?? undefined) !== undefined)?.[which]?.inputs;
  const [before, after] = [objectOf(inputs("oldState")), objectOf(inputs("newState"))];
  const forced = steps.flatMap(({ detailedDiff: detailed }) =>
    Object.entries(detailed ?? {}).flatMap(([path, { kind, diffKind }]) =>
      (kind ?? diffKind ?? "").endsWith("-replace") ? [path] : [],
    ),
  );
  const keys = steps.flatMap(({ replaceReasons }) => replaceReasons ?? []);
  return {
    urn,
    type,
    name,
    operation,
    reasons: [...new Set(forced.length > 0 ? forced : keys)].sort(),
    unknown: operation === "delete" ? [] : unknownFields(inputs("newState"), "").sort(),
    ...(before === undefined || operation === "create" ? {} : { before }),
    ...(after === undefined || operation === "delete" ? {} : { after }),
  };
}

/** What stands in a preview for a value that is known only when it is applied: `plugin.UnknownStringValue` of the SDK. */
export const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

function unknownFields(value: unknown, path: string): string[] {
  if (value === unknownValue) return [path];
  if (Array.isArray(value)) return value.flatMap((each, index) => unknownFields(each, `${path}[${index}]`));
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, each]) => unknownFields(each, path === "" ? key : `${path}.${key}`));
}

/** The Kubernetes object that a resource's inputs are; nothing when they are none. */
function objectOf(inputs: unknown): PlainObject | undefined {
  if (!isRecord(inputs) || !isRecord(inputs["metadata"])) return undefined;
  const { apiVersion, kind, metadata } = inputs;
  return typeof apiVersion === "string" && typeof kind === "string" && typeof metadata["name"] === "string"
    ? (inputs as PlainObject)
    : undefined;
}
