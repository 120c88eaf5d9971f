/**
 * Secrets are expressions, never strings.
 *
 * A builder says *which* secret it wants; only a sink (Pulumi, the embedded cluster, the renderer) says what that is.
 * So no value can reach a ConfigMap, a log line or a golden file, and a reviewer still sees what a secret is made of.
 */

/** Characters a generated secret is drawn from. Both survive URLs, shells and YAML unquoted. */
export type Alphabet = "letters-and-digits" | "digits";

/** A random string, made once and kept. */
export interface Generated {
  readonly secret: "generated";
  /** Unique within an environment; also the name of the resource that keeps it. */
  readonly id: string;
  /** In characters. */
  readonly length: number;
  readonly alphabet: Alphabet;
  /** Raising it makes a new value and rolls whoever uses it. */
  readonly rotation: number;
}

/** Random bytes in base64, for keys. */
export interface GeneratedBytes {
  readonly secret: "generatedBytes";
  readonly id: string;
  /** In bytes, before base64. */
  readonly length: number;
  readonly rotation: number;
}

/** A random UUID (version 4). */
export interface GeneratedUuid {
  readonly secret: "generatedUuid";
  readonly id: string;
  readonly rotation: number;
}

/** A value that people put into `Pulumi.<env>.yaml` under `secrets`, encrypted. */
export interface Setting {
  readonly secret: "setting";
  /** Dotted path below `secrets`. */
  readonly path: string;
  readonly rotation: number;
}

/** A value percent-encoded for use in a URL. */
export interface UrlEncoded {
  readonly secret: "urlEncode";
  readonly value: SecretExpression;
}

/** Text with secrets in it: `literals` around `parts`. */
export interface SecretText {
  readonly secret: "text";
  readonly literals: readonly string[];
  readonly parts: readonly SecretExpression[];
}

/** A JSON document with secrets among its values. */
export interface SecretJson {
  readonly secret: "json";
  readonly value: JsonWithSecrets;
}

export type SecretExpression =
  Generated | GeneratedBytes | GeneratedUuid | Setting | UrlEncoded | SecretText | SecretJson;

export type JsonWithSecrets =
  | string
  | number
  | boolean
  | null
  | SecretExpression
  | readonly JsonWithSecrets[]
  | { readonly [key: string]: JsonWithSecrets };

/** How often the secret of that id has been rotated: 0 unless the settings say otherwise. */
export type Rotations = (id: string) => number;

/** A random text, made once for each rotation. @param options.length characters */
export function generated(
  id: string,
  options: { readonly length: number; readonly alphabet?: Alphabet; readonly rotation?: number },
): Generated {
  const { length, alphabet = "letters-and-digits", rotation = 0 } = options;
  return expression({ secret: "generated", id, length, alphabet, rotation });
}

/** Random bytes in base64. @param options.length bytes */
export function generatedBytes(
  id: string,
  options: { readonly length: number; readonly rotation?: number },
): GeneratedBytes {
  return expression({ secret: "generatedBytes", id, length: options.length, rotation: options.rotation ?? 0 });
}

/** A random UUID (version 4). */
export function generatedUuid(id: string, options: { readonly rotation?: number } = {}): GeneratedUuid {
  return expression({ secret: "generatedUuid", id, rotation: options.rotation ?? 0 });
}

/** A value below `secrets` in the stack's settings, which people set. @param path below `secrets`, with dots */
export function setting(path: string, options: { readonly rotation?: number } = {}): Setting {
  return expression({ secret: "setting", path, rotation: options.rotation ?? 0 });
}

/** A secret as a part of a URL takes it. */
export function urlEncode(value: SecretExpression): UrlEncoded {
  return expression({ secret: "urlEncode", value });
}

/** A JSON document with secrets in it, as text. */
export function json(value: JsonWithSecrets): SecretJson {
  return expression({ secret: "json", value });
}

/** Tagged template: ``secretText`postgresql://${user}:${password}@${host}` ``. Plain strings become literals. */
export function secretText(
  strings: TemplateStringsArray,
  ...values: readonly (string | number | SecretExpression)[]
): SecretText {
  const literals = [strings[0] ?? ""];
  const parts: SecretExpression[] = [];
  values.forEach((value, index) => {
    const after = strings[index + 1] ?? "";
    if (typeof value === "object") {
      parts.push(value);
      literals.push(after);
    } else {
      literals.push(`${literals.pop() ?? ""}${value}${after}`);
    }
  });
  return expression({ secret: "text", literals, parts });
}

/** Several texts as one, each with `end` after it. */
export function secretLines(texts: readonly (string | SecretExpression)[], end = "\n"): SecretText {
  return secretText(Object.assign(["", ...texts.map(() => end)], { raw: [] }), ...texts);
}

/** Whether a value is a secret expression, of this module's making. */
export function isSecret(value: unknown): value is SecretExpression {
  // Asking for the field first is what makes this cheap for the many objects that are none.
  return typeof value === "object" && value !== null && "secret" in value && refuse in value;
}

/**
 * The two slots of a credential. Rotation `n` uses slot `a` when even and `b` when odd; each rotation changes only the
 * slot that becomes active, so that the other one stays valid while its users roll over.
 */
export function activeSlot(rotation: number): { readonly slot: "a" | "b"; readonly generation: number } {
  return { slot: rotation % 2 === 0 ? "a" : "b", generation: Math.floor(rotation / 2) };
}

const refuse: unique symbol = Symbol("a secret is not a string");

const thrower = (): never => {
  throw new TypeError(
    "A secret expression was used as a plain string. Put it into a Secret, or build on it with secretText, json or urlEncode.",
  );
};

/** What expressions inherit: every silent conversion to a string throws. */
const prototype = { [Symbol.toPrimitive]: thrower, toString: thrower, toJSON: thrower, [refuse]: true };

function expression<T extends object>(fields: T): T {
  return Object.freeze(Object.assign(Object.create(prototype) as object, fields));
}
