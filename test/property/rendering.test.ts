import fc from "fast-check";
import { load } from "js-yaml";
import { describe, expect, it } from "vitest";
import { canonical, toYaml } from "../../kubernetes/render.ts";
import { generated, secretText } from "../../kubernetes/secrets.ts";
import { canonicalYaml } from "../../kubernetes/yaml.ts";

const secret = secretText`postgres://a:${generated("a", { length: 32 })}@host`;

/** JavaScript sorts keys that are whole numbers by their value, whatever order they are put in. */
const anyKey = fc.string().filter((key) => !/^\d+$/.test(key));

/** What objects hold, and what they had better not. */
const anyValue = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom(
      null,
      true,
      false,
      0,
      -1,
      1.5,
      1e21,
      1e-7,
      -0,
      "",
      "yes",
      "0x1f",
      "1:30",
      "2026-11-28",
      "~",
      "=",
      "<<",
    ),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.string({ unit: "binary" }),
    fc.string().map((text) => `${text}\n  ${text}\n`),
    fc.constant(secret),
    fc.array(fc.oneof(tie("value"), fc.constant(undefined)), { maxLength: 4 }),
    fc.dictionary(anyKey, fc.oneof(tie("value"), fc.constant(undefined)), { maxKeys: 20, noNullPrototype: true }),
  ),
})).value;

describe("YAML that is rendered", () => {
  it("is what the library writes of a sorted copy with masked secrets, whatever the value", () => {
    fc.assert(
      fc.property(anyValue, (value) => canonicalYaml(value) === toYaml(canonical(value))),
      { numRuns: 1000 },
    );
  });

  it("is read back as the same value", () => {
    // YAML has a negative zero, and toEqual tells it from zero, which JSON does not.
    const readable = fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown);
    fc.assert(
      fc.property(readable, (value) => {
        expect(load(canonicalYaml({ value }))).toEqual({ value });
      }),
    );
  });

  it("has its keys in byte order, numbers too", () => {
    expect(canonicalYaml({ b: 1, 9: 1, a: { 10: 1, 9: 1 } })).toBe("'9': 1\na:\n  '10': 1\n  '9': 1\nb: 1\n");
  });

  it("refuses what no object can hold", () => {
    expect(() => canonicalYaml({ a: () => 1 })).toThrow("unacceptable kind of an object to dump [object Function]");
  });
});
