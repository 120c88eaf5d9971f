import { UsageError } from "../policies/finding.ts";
import type { PlainObject } from "./change.ts";
import { isRecord } from "./compare.ts";
import type { RawStep } from "./preview-forms.ts";
import { readForm } from "./preview-forms.ts";

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
  /** The object before and after, where the preview holds it. It may hold secrets: for rules, never to print. */
  readonly before?: PlainObject;
  readonly after?: PlainObject;
}

/** A preview of one stack. */
export interface Preview {
  /** Absent where the preview does not say it: the short form of one that changes nothing. */
  readonly of?: { readonly project: string; readonly stack: string };
  readonly steps: readonly Step[];
  /** What it leaves out, in a sentence. */
  readonly notes: readonly string[];
}

/**
 * Reads what `pulumi preview` printed with `--json` or `--output json`, in any of its forms.
 * @param name of the file, for messages
 * @throws {UsageError} for anything else, and for a preview that did not come to its end
 */
export function parsePreview(text: string, name: string): Preview {
  const { steps, errors, short } = readForm(text, name);
  const [error] = errors;
  if (error !== undefined) {
    throw new UsageError(
      `The preview in ${name} failed, so that it does not know everything: ${error.trim().split("\n")[0] ?? ""}`,
    );
  }
  const byUrn = Map.groupBy(steps, ({ urn }) => urn);
  const [stack, project] = steps[0]?.urn.replace(/^urn:pulumi:/, "").split("::") ?? [];
  return {
    ...(stack === undefined || project === undefined ? {} : { of: { project, stack } }),
    steps: [...byUrn].flatMap(([urn, same]) => mergedStep(urn, same) ?? []),
    notes: short ? [shortNote] : [],
  };
}

const shortNote =
  "The preview is of --output json, which has no fields: for which ones Pulumi replaces, and what it cannot know yet, is not told. `pulumi preview --json` has both.";

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
