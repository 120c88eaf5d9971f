import type { PersonalAction, PersonalData } from "../../catalogue/personal-data.ts";

/** Environment variable with the key of the hash. Without the key a hash can be made of every possible user id and compared. */
export const hashKeyVariable = "PERSONAL_DATA_KEY";

/** Processors of a collector's configuration, by name, in the order in which a pipeline has them. */
export type Processors = Readonly<Record<string, object>>;

/** Takes personal data out of spans. */
export function spanRedaction(personal: PersonalData): Processors {
  const text = anyOf(personal.values);
  return {
    ...dropped(
      "spans",
      "trace_statements",
      ["resource.attributes", "scope.attributes", "span.attributes", "spanevent.attributes"],
      personal,
      [
        // The redaction processor looks at attributes alone.
        ...(text === undefined
          ? []
          : ["span.name", "span.status.message"].map((path) => `replace_pattern(${path}, ${quote(text)}, "****")`)),
      ],
    ),
    ...hashed(personal),
  };
}

/** Takes personal data out of log lines, whose body is text or, where a service logs JSON, fields. */
export function logRedaction(personal: PersonalData): Processors {
  return {
    ...dropped("logs", "log_statements", ["resource.attributes", "scope.attributes", "log.attributes"], personal, []),
    ...hashed(personal),
  };
}

function hashed(personal: PersonalData): Processors {
  return {
    redaction: {
      allow_all_keys: true,
      blocked_key_patterns: patterns(personal, "hash").map((pattern) => literal(anyCase(pattern))),
      blocked_values: personal.values.map(({ pattern }) => literal(anyCase(pattern))),
      hash_function: "hmac-sha256",
      hmac_key: `\${env:${hashKeyVariable}}`,
      // A user id may be a number.
      redact_all_types: true,
      // Which attributes were hashed is no news: it would double the size of a span.
      summary: "silent",
    },
  };
}

/** Attributes that go altogether. A statement that fails must not let them through: the batch is refused instead. */
function dropped(
  name: string,
  statements: "trace_statements" | "log_statements",
  paths: readonly string[],
  personal: PersonalData,
  further: readonly string[],
): Processors {
  const drop = patterns(personal, "drop");
  if (drop.length === 0 && further.length === 0) return {};
  const regex = anyCase(drop.map((pattern) => `(${pattern})`).join("|"));
  return {
    [`transform/${name}`]: {
      error_mode: "propagate",
      [statements]: [
        ...(drop.length === 0 ? [] : paths.map((path) => `delete_matching_keys(${path}, ${quote(regex)})`)),
        ...further,
      ],
    },
  };
}

function patterns(personal: PersonalData, action: PersonalAction): string[] {
  return personal.keys.filter((key) => key.action === action).map(({ pattern }) => pattern);
}

function anyOf(values: PersonalData["values"]): string | undefined {
  return values.length === 0 ? undefined : anyCase(values.map(({ pattern }) => `(${pattern})`).join("|"));
}

/** How Go writes it. */
function anyCase(pattern: string): string {
  return `(?i:${pattern})`;
}

/** A string in the transformation language, which takes backslashes and quotes as Go does. */
function quote(text: string): string {
  return literal(JSON.stringify(text));
}

/** The configuration's reader takes `${…}` for a reference and `$$` for a dollar sign. */
function literal(text: string): string {
  return text.replaceAll("$", () => "$$");
}
