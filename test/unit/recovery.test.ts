import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { importFile, recoverSecrets } from "../../delivery/recovery.ts";
import { readBack } from "../../kubernetes/read-back.ts";
import { objectsOf } from "../../kubernetes/manifest.ts";
import { isSecret, generated, json, secretText, setting, urlEncode } from "../../kubernetes/secrets.ts";
import { secretsOf } from "../../kubernetes/secret-manifest.ts";
import type { SecretLeaf } from "../../kubernetes/sinks.ts";
import { evaluate, leavesOf } from "../../kubernetes/sinks.ts";
import { built, committed } from "../support/environments.ts";

const nameOf = (leaf: SecretLeaf): string => (leaf.secret === "setting" ? leaf.path : leaf.id);

describe("reading a secret back", () => {
  it("finds what was put in, in text, URLs and JSON, whatever characters it has", () => {
    const [one, two] = [generated("one", { length: 20 }), setting("two")];
    const expressions = [
      one,
      secretText`user:${one}@host/${two}?x=(1+1)`,
      secretText`postgresql://u:${urlEncode(one)}@host/db`,
      json({ a: [one, { b: two }], c: secretText`${two}!`, d: 1 }),
    ];
    fc.assert(
      fc.property(
        fc.stringMatching(/^[A-Za-z0-9%+"'\\ü$]{1,20}$/),
        fc.stringMatching(/^[A-Za-z0-9%"]{1,20}$/),
        (first, second) => {
          for (const expression of expressions) {
            const text = evaluate<string>(expression, {
              leaf: (leaf) => (leaf === one ? first : second),
              combine: (parts, build) => build(parts),
            });
            const found = readBack(expression, text).map(({ leaf, value }) => [nameOf(leaf), value]);
            expect(new Map(found as [string, string][])).toEqual(
              new Map(leavesOf(expression).map((leaf) => [nameOf(leaf), leaf === one ? first : second])),
            );
          }
        },
      ),
    );
  });

  it("says nothing of two secrets that cannot be told apart, or of a text that is another's", () => {
    const [one, two] = [generated("one", { length: 20 }), generated("two", { length: 20 })];
    expect(readBack(secretText`${one}${two}`, "ab")).toEqual([]);
    expect(readBack(secretText`a:${one}`, "b:c")).toEqual([]);
    expect(readBack(json({ a: one }), "no JSON")).toEqual([]);
  });
});

describe.each(committed)("the recovery of $name", ({ name, environment }) => {
  const components = built(environment);
  const value = (leaf: SecretLeaf): string => `value-of-${nameOf(leaf)}`;
  const text = new Map(
    objectsOf(components).flatMap((object) =>
      object.kind !== "Secret"
        ? []
        : Object.entries(object.stringData).map(([key, expression]) => [
            `${object.metadata.name} ${key}`,
            isSecret(expression)
              ? evaluate<string>(expression, { leaf: value, combine: (parts, build) => build(parts) })
              : expression,
          ]),
    ),
  );

  it("reads every secret back from the cluster's own Secrets, a generated one with its rotation", () => {
    const { recovered, missing } = recoverSecrets(components, (secret, key) => text.get(`${secret} ${key}`));
    expect(missing).toEqual([]);
    const leaves = new Map(
      secretsOf(components)
        .flatMap(leavesOf)
        .map((leaf) => [nameOf(leaf), leaf]),
    );
    expect(recovered).toHaveLength(leaves.size);
    for (const { path, value: found } of recovered) {
      const id = /^secrets\.(?:recovered\["(.*)"\]|(.*))$/.exec(path);
      const leaf = leaves.get(id?.[1] ?? id?.[2] ?? "");
      if (leaf === undefined) throw new Error(path);
      expect(found).toBe(
        leaf.secret === "setting" ? value(leaf) : JSON.stringify({ rotation: leaf.rotation, value: value(leaf) }),
      );
    }
  });

  it("names what the cluster does not have", () => {
    const { recovered, missing } = recoverSecrets(components, () => undefined);
    expect([recovered.length, missing.length > 5]).toEqual([0, true]);
  });

  it("imports every object under its component and leaves out what is not there", () => {
    const all = importFile(components, { project: "suoke-life", stack: name }, () => true);
    expect(all.resources.filter(({ id }) => id !== undefined)).toHaveLength(objectsOf(components).length);
    expect(new Set(all.resources.map((resource) => resource.name)).size).toBe(all.resources.length);
    expect(all.nameTable).toEqual({
      kubernetes: `urn:pulumi:${name}::suoke-life::pulumi:providers:kubernetes::kubernetes`,
    });
    const none = importFile(components, { project: "suoke-life", stack: name }, () => false);
    expect(none.resources).toEqual([]);
  });
});
