import type { PersonalAction, PersonalData } from "../../catalogue/personal-data.ts";

/** Environment variable with the key of the hash. Without the key a hash can be made of every possible user id and compared. */
export const hashKeyVariable = "PERSONAL_DATA_KEY";

/** Processors of a collector's configuration, by name, in the order in which a pipeline has them. */
export type Processors = Readonly<Record<string, object>>;

/** Without this gate `set` passes over nil, without a word (contrib 0.158 and later; alpha in 0.160). A test looks for links. */
export const spanRedactionGate = "ottl.set.allowNil";

/** Takes personal data out of spans. */
export function spanRedaction(personal: PersonalData): Processors {
  return {
    ...transform("spans", "trace_statements", {
      ...deletions(personal, ["resource", "scope", "span", "spanevent"]),
      // A group of its own: statements of one group run for each object of the innermost kind among them.
      text: replacements(["span.name", "span.status.message"], personal),
      events: replacements(["spanevent.name"], personal),
      // Nothing reaches into the attributes of a link, so that links go.
      links: ["set(span.links, nil)"],
    }),
    ...hashed(personal),
  };
}

/** Takes personal data out of log lines, whose body is text or, where a service logs JSON, fields. */
export function logRedaction(personal: PersonalData): Processors {
  return {
    ...transform("logs", "log_statements", deletions(personal, ["resource", "scope", "log"])),
    ...hashed(personal),
  };
}

/** For what is no attribute: the redaction processor looks at attributes alone. */
function replacements(paths: readonly string[], personal: PersonalData): string[] {
  const text = anyOf(personal.values);
  if (text === undefined) return [];
  return paths.map((path) => `replace_pattern(${path}, ${quote(text)}, "****")`);
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

/** Groups of statements. One that fails must not let anything through: the batch is refused instead. */
function transform(
  name: string,
  kind: "trace_statements" | "log_statements",
  groups: Readonly<Record<string, readonly string[]>>,
): Processors {
  const lists = Object.values(groups).filter((statements) => statements.length > 0);
  if (lists.length === 0) return {};
  return { [`transform/${name}`]: { error_mode: "propagate", [kind]: lists.map((statements) => ({ statements })) } };
}

/** Attributes that go altogether, of each kind of object. */
function deletions(personal: PersonalData, kinds: readonly string[]): Record<string, string[]> {
  const drop = patterns(personal, "drop");
  if (drop.length === 0) return {};
  const regex = quote(anyCase(drop.map((pattern) => `(${pattern})`).join("|")));
  return Object.fromEntries(kinds.map((kind) => [kind, [`delete_matching_keys(${kind}.attributes, ${regex})`]]));
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
