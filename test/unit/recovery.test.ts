import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { withoutLost } from "../../cli/recover-adopt.ts";
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
    const { recovered, missing, changed } = recoverSecrets(components, (secret, key) => text.get(`${secret} ${key}`));
    expect([missing, changed]).toEqual([[], []]);
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

  it("names each text that what was read back does not make again, as it would be overwritten", () => {
    const [first = ""] = [...text.keys()].filter((key) => key.startsWith("registry-credentials "));
    const { changed } = recoverSecrets(components, (secret, key) =>
      `${secret} ${key}` === first ? `${text.get(first) ?? ""} ` : text.get(`${secret} ${key}`),
    );
    expect(changed).toEqual([`${first.split(" ")[1] ?? ""} of Secret registry-credentials`]);
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

describe("an object that a lost state knew", () => {
  const entry = (manager: string, time: string, operation = "Apply", more = {}) => ({
    manager,
    time,
    operation,
    ...more,
  });
  const own = entry("pulumi-kubernetes-2", "2026-11-02T00:00:00Z");
  const scale = entry("pulumi-kubernetes-0", "2026-10-01T00:00:00Z", "Update", { subresource: "scale" });
  const others = [entry("kube-controller-manager", "2026-11-03T00:00:00Z", "Update"), scale];

  it("belongs to the manager of Pulumi that applied it last, and to all that are not Pulumi's", () => {
    const created = entry("pulumi-kubernetes", "2026-09-01T00:00:00Z", "Update");
    const former = entry("pulumi-kubernetes-1", "2026-10-01T00:00:00Z");
    expect(withoutLost([own, created, former, ...others])).toEqual([own, ...others]);
    expect(withoutLost([created, former, own, ...others])).toEqual([own, ...others]);
  });

  it.each([
    ["it has one manager of Pulumi", [own, ...others]],
    ["it has been created anew", [entry("pulumi-kubernetes", "2026-09-01T00:00:00Z", "Update"), ...others]],
    ["it says nothing of managers", undefined],
  ])("stays as it is when %s", (_, managedFields) => {
    expect(withoutLost(managedFields)).toBeUndefined();
  });
});
