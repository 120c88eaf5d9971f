import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { base64Of, uuidOf } from "../../kubernetes/hexadecimal.ts";
import {
  activeSlot,
  generated,
  generatedBytes,
  generatedUuid,
  isSecret,
  json,
  secretText,
  setting,
  urlEncode,
} from "../../kubernetes/secrets.ts";
import type { SecretExpression } from "../../kubernetes/secrets.ts";
import type { Sink } from "../../kubernetes/sinks.ts";
import { evaluate, leavesOf, mask } from "../../kubernetes/sinks.ts";

const password = generated("db", { length: 32 });
const plain: Sink<string> = {
  leaf: (leaf) => (leaf.secret === "setting" ? `set:${leaf.path}` : `made/${leaf.id}`),
  combine: (parts, build) => build(parts),
};

describe("a secret expression", () => {
  it("throws when it is used as a string", () => {
    expect(() => `password: ${password as unknown as string}`).toThrow(
      "A secret expression was used as a plain string",
    );
    expect(() => JSON.stringify({ password })).toThrow("A secret expression was used as a plain string");
    expect(() => "password: ".concat(password as unknown as string)).toThrow(
      "A secret expression was used as a plain string",
    );
  });

  it("cannot be changed after it is made", () => {
    expect(() => Object.assign(password, { id: "other" })).toThrow(TypeError);
  });

  it.each([
    password,
    generatedBytes("k", { length: 32 }),
    generatedUuid("u"),
    setting("a.b"),
    urlEncode(password),
    json({ password }),
  ])("is recognised as one: $secret", (value) => {
    expect(isSecret(value)).toBe(true);
  });

  it("is not mistaken for a plain object of the same shape", () => {
    expect(isSecret({ secret: "generated", id: "db", length: 32 })).toBe(false);
  });
});

describe("evaluating", () => {
  const cases: readonly (readonly [string, SecretExpression, string])[] = [
    [
      "text keeps literals and puts plain values among them",
      secretText`a ${1} b ${password} c ${"d"}`,
      "a 1 b made/db c d",
    ],
    ["urlEncode encodes what a URL would misread", urlEncode(password), "made%2Fdb"],
    ["text is built on other expressions", secretText`redis://${urlEncode(setting("r"))}@h`, "redis://set%3Ar@h"],
    [
      "json puts secrets anywhere",
      json({ a: [password, 1, null], b: { c: setting("x"), d: true } }),
      '{"a":["made/db",1,null],"b":{"c":"set:x","d":true}}',
    ],
    ["json escapes what a secret contains", json({ a: secretText`"${password}"` }), '{"a":"\\"made/db\\""}'],
  ];
  it.each(cases)("%s", (_, expression, expected) => {
    expect(evaluate(expression, plain)).toBe(expected);
  });

  it("finds the leaves in order", () => {
    expect(leavesOf(json({ a: setting("one"), b: secretText`${password}${setting("two")}` }))).toEqual([
      setting("one"),
      password,
      setting("two"),
    ]);
  });
});

describe("a mask", () => {
  it("shows how a secret is made and what of it is not secret", () => {
    expect(mask(secretText`postgresql://auth:${urlEncode(setting("pg.auth"))}@db:5432`)).toBe(
      "postgresql://auth:<setting pg.auth>@db:5432",
    );
    expect(mask(json({ user: "u", password }))).toBe('{"user":"u","password":"<generated db: 32 letters-and-digits>"}');
  });

  it.each([
    generated("db", { length: 33 }),
    generated("db", { length: 32, rotation: 1 }),
    generated("db", { length: 32, alphabet: "digits" }),
    generated("other", { length: 32 }),
    generatedBytes("db", { length: 32 }),
    setting("db"),
  ])("changes with the expression: %o", (other) => {
    expect(mask(other)).not.toBe(mask(password));
  });
});

describe("the slots of a credential", () => {
  it("take turns, and a rotation changes only the slot that becomes active", () => {
    expect([0, 1, 2, 3].map(activeSlot)).toEqual([
      { slot: "a", generation: 0 },
      { slot: "b", generation: 0 },
      { slot: "a", generation: 1 },
      { slot: "b", generation: 1 },
    ]);
  });
});

describe("hexadecimal digits", () => {
  it("become a UUID of version 4, of any digits", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 15 }), { minLength: 32, maxLength: 32 }), (digits) => {
        const uuid = uuidOf(digits.map((digit) => digit.toString(16)).join(""));
        return /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(uuid);
      }),
    );
  });

  it("become a key of as many bytes", () => {
    expect(Buffer.from(base64Of("ff".repeat(32)), "base64")).toEqual(Buffer.alloc(32, 0xff));
  });
});
