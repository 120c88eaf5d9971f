import * as z from "zod";
import { UsageError } from "../policies/finding.ts";
import { isRecord } from "./compare.ts";

/** What any form says of one operation; the forms differ in what they call it, and the short one says less. */
export interface RawStep {
  readonly op: string;
  readonly urn: string;
  readonly oldState?: State;
  readonly newState?: State;
  readonly replaceReasons?: readonly string[] | null | undefined;
  readonly detailedDiff?: Readonly<Record<string, DetailedDiff>> | null | undefined;
}

/** What a preview printed, whatever its form. */
export interface RawPreview {
  readonly steps: readonly RawStep[];
  /** Why it failed. */
  readonly errors: readonly string[];
  /** The form with operations alone: no fields, no values, and nothing of what stays as it is. */
  readonly short: boolean;
}

type State = z.output<typeof state>;
type DetailedDiff = z.output<typeof detailedDiff>[string];

const state = z.object({ inputs: z.record(z.string(), z.unknown()).nullish() }).nullish();
const detailedDiff = z.record(z.string(), z.object({ kind: z.string().optional(), diffKind: z.string().optional() }));

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

/** `--output json`: https://github.com/pulumi/pulumi/pull/22927 */
const summary = z.object({
  result: z.enum(["succeeded", "failed", "canceled"]),
  summary: z.record(z.string(), z.number()).nullish(),
  resources: z.array(z.object({ op: z.string(), urn: z.string() })).nullish(),
});

/**
 * Reads what a preview printed: one object (`--json`), an event per line (the same with
 * `PULUMI_ENABLE_STREAMING_JSON_PREVIEW=true`), or one line with the operations alone (`--output json`).
 * @param name of the file, for messages
 * @throws {UsageError} for anything else, and for a preview that was cut off
 */
export function readForm(text: string, name: string): RawPreview {
  if (text.trim() === "") throw new UsageError(`${name} is empty: the preview failed before it began.`);
  const whole = json(text);
  if (isRecord(whole) && "result" in whole) return short(whole, name);
  if (isRecord(whole) && !("timestamp" in whole)) return full(whole, name);
  if (!isRecord(json(text.trimStart().split("\n")[0] ?? ""))) throw unknownForm(name, "it is not JSON");
  return streamed(text, name);
}

function short(whole: object, name: string): RawPreview {
  const { success, data, error } = summary.safeParse(whole);
  if (!success) throw unknownForm(name, why(error));
  const errors = data.result === "succeeded" ? [] : [`its result is "${data.result}"; its own output says why`];
  return { steps: data.resources ?? [], errors, short: true };
}

function full(whole: object, name: string): RawPreview {
  const { success, data, error } = digest.safeParse(whole);
  if (!success) throw unknownForm(name, why(error));
  const failed = (data.diagnostics ?? []).filter(({ severity }) => severity === "error");
  const errors = failed.map(({ message = "" }) => message);
  const steps = data.steps ?? [];
  if (errors.length === 0 && steps.length === 0) throw unknownForm(name, "it has no steps");
  return { steps, errors, short: false };
}

function streamed(text: string, name: string): RawPreview {
  const events = text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line, index) => {
      const { success, data } = event.safeParse(json(line));
      if (!success) throw unknownForm(name, `line ${index + 1} is no event of Pulumi's engine`);
      return data;
    });
  const errors = events.flatMap(({ diagnosticEvent, errorEvent }) => [
    ...(diagnosticEvent?.severity === "error" ? [diagnosticEvent.message] : []),
    ...(errorEvent === undefined ? [] : [errorEvent.error]),
  ]);
  if (errors.length === 0 && !events.some(({ summaryEvent }) => summaryEvent !== undefined)) {
    throw new UsageError(`The preview in ${name} ends before its summary: it was cut off, or is still under way.`);
  }
  const steps = events.flatMap(({ resourcePreEvent }) => {
    if (resourcePreEvent === undefined) return [];
    const { op, urn, old, new: next, keys, detailedDiff: detailed } = resourcePreEvent.metadata;
    return [{ op, urn, oldState: old, newState: next, replaceReasons: keys, detailedDiff: detailed }];
  });
  return { steps, errors, short: false };
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
      "Those of Pulumi 3.250 to 3.270 are known; leave out --preview to report without what only Pulumi knows.",
  );
}

function why(error: z.ZodError): string {
  return z.prettifyError(error).split("\n")[0] ?? "";
}
