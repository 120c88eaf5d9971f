import * as z from "zod";
import type { Finding } from "../policies/finding.ts";
import { refuse, suggest } from "../policies/finding.ts";

/** Namespaces that belong to Pulumi and its providers, not to us. */
const foreignNamespaces = ["pulumi", "kubernetes", "random"];

/** The configuration of a stack: `namespace:key` to value. */
export type RawConfig = Readonly<Record<string, unknown>>;

export interface Decoding<Schema extends z.ZodObject> {
  readonly schema: Schema;
  readonly raw: RawConfig;
  /** Namespace of our keys: the Pulumi project's name. */
  readonly project: string;
  /** For messages: the file the configuration comes from. */
  readonly file: string;
  /** What has been found before; reported with the rest. */
  readonly findings?: readonly Finding[];
}

/**
 * The settings in a stack's configuration, whoever read it. `secrets` is left to the secret sinks.
 * @throws {Findings} with every error at once
 */
export function decode<Schema extends z.ZodObject>(decoding: Decoding<Schema>): z.output<Schema> {
  const { schema, raw, project, file } = decoding;
  const findings = [...(decoding.findings ?? [])];
  const ours: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(raw)) {
    const colon = name.indexOf(":");
    const namespace = colon === -1 ? project : name.slice(0, colon);
    const key = name.slice(colon + 1);
    if (namespace === project) {
      if (key !== "secrets") ours[key] = structured(value);
    } else if (!foreignNamespaces.includes(namespace)) {
      findings.push({
        rule: "settings/unknown-namespace",
        place: `${file}: ${name}`,
        problem: `"${namespace}" is not a namespace of this project.`,
        fix: suggest(namespace, [project, ...foreignNamespaces]),
      });
    }
  }
  const decoded = schema.safeParse(ours);
  if (!decoded.success) {
    const at = (path: readonly PropertyKey[]): string => `${file}: ${project}:${path.map(String).join(".")}`;
    findings.push(...decoded.error.issues.flatMap((issue) => describeIssue(issue, schema, ours, at)));
  }
  refuse(findings);
  return deepFreeze(decoded.data as z.output<Schema>);
}

/** Pulumi hands structured values over as JSON text; a file's loader as they are. */
function structured(value: unknown): unknown {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

function describeIssue(
  issue: z.core.$ZodIssue,
  schema: z.ZodType,
  input: unknown,
  at: (path: readonly PropertyKey[]) => string,
): Finding[] {
  if (issue.code === "unrecognized_keys") {
    const known = keysAt(schema, issue.path);
    return issue.keys.map((key) => ({
      rule: "settings/unknown-key",
      place: at([...issue.path, key]),
      problem: `unknown key "${key}".`,
      fix: suggest(key, known),
    }));
  }
  const value = valueAt(input, issue.path);
  if (value === undefined) {
    return [
      {
        rule: "settings/missing",
        place: at(issue.path),
        problem: "is missing.",
        fix: "Set it, as the other environments do.",
      },
    ];
  }
  return [
    {
      rule: "settings/invalid",
      place: at(issue.path),
      problem: isUnspoken(issue) ? `${issue.message}.` : `${shown(value)}: ${issue.message}.`,
      fix: "Correct it.",
    },
  ];
}

/** Parameters of an issue whose value is in no message: it may be a secret that was put there by mistake. */
export const unspoken = { unspoken: true };

function isUnspoken(issue: z.core.$ZodIssue): boolean {
  return issue.code === "custom" && issue.params?.["unspoken"] === true;
}

/** A value in a message. A block with a key in it, such as a list that was written as a map, is not repeated. */
function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.includes("-----BEGIN ") ? "what is there" : text;
}

function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let at: z.ZodType | undefined = schema;
  for (const key of path) {
    at = at instanceof z.ZodObject ? (at.shape[String(key)] as z.ZodType | undefined) : undefined;
    while (at instanceof z.ZodOptional || at instanceof z.ZodDefault) at = at.unwrap() as z.ZodType;
  }
  return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (typeof at === "object" && at !== null ? (at as Record<PropertyKey, unknown>)[key] : undefined),
    value,
  );
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    Object.values(value).forEach(deepFreeze);
    Object.freeze(value);
  }
  return value;
}
