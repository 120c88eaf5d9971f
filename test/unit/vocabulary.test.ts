import { load } from "js-yaml";
import { describe, expect, it } from "vitest";
import { contentHash, shortHash } from "../../kubernetes/names.ts";
import { waves } from "../../kubernetes/order.ts";
import { formatBytes, formatCores, parseQuantity } from "../../kubernetes/quantity.ts";
import { canonical, toYaml } from "../../kubernetes/render.ts";
import { egressRule, ingressRule } from "../../kubernetes/network.ts";
import { secretManifest } from "../../kubernetes/secret-manifest.ts";
import { generated, setting } from "../../kubernetes/secrets.ts";

describe("quantities", () => {
  it.each([
    ["250m", 0.25],
    ["2", 2],
    [3, 3],
    ["1.5", 1.5],
    ["512Mi", 512 * 2 ** 20],
    ["1Gi", 2 ** 30],
    ["1k", 1000],
    ["100n", 1e-7],
  ])("%s is %d", (text, value) => {
    expect(parseQuantity(text)).toBeCloseTo(value, 12);
  });

  it.each(["", "abc", "1Q", "-1", "1 Gi", "Mi"])("refuse %j and name it", (text) => {
    expect(() => parseQuantity(text)).toThrow(`"${text}" is not a Kubernetes quantity`);
  });

  it("are written in the unit that holds them exactly", () => {
    expect([0.25, 2, 1.5].map(formatCores)).toEqual(["250m", "2", "1500m"]);
    expect([2 ** 30, 512 * 2 ** 20, 1536 * 2 ** 20, 1000].map(formatBytes)).toEqual(["1Gi", "512Mi", "1536Mi", "1000"]);
  });
});

describe("hashes in names", () => {
  it("do not depend on the order of keys", () => {
    expect(contentHash({ a: "1", b: "2" })).toBe(contentHash({ b: "2", a: "1" }));
  });
  it("change with content, and with a value that moves to another key", () => {
    expect(
      new Set([contentHash({ a: "1" }), contentHash({ a: "2" }), contentHash({ b: "1" }), shortHash("a")]).size,
    ).toBe(4);
  });
});

describe("waves", () => {
  const node = (name: string, ...dependsOn: string[]) => ({ name, dependsOn });

  it("put each node after what it depends on, sorted by name within a wave", () => {
    const result = waves([node("c", "a", "b"), node("b", "a"), node("d"), node("a")]);
    expect(result.map((wave) => wave.map(({ name }) => name))).toEqual([["a", "d"], ["b"], ["c"]]);
  });
  it("name the members of a cycle", () => {
    expect(() => waves([node("x", "y"), node("y", "x"), node("z")])).toThrow("in a cycle: x, y.");
  });
  it("name an unknown dependency and who has it", () => {
    expect(() => waves([node("x", "nobody")])).toThrow("x depends on nobody, which does not exist.");
  });
});

describe("rendering", () => {
  it("sorts keys at every level, keeps the order of lists and drops what is undefined", () => {
    expect(JSON.stringify(canonical({ b: [{ d: 1, c: 2 }, 1], a: undefined, A: 0 }))).toBe(
      '{"A":0,"b":[{"c":2,"d":1},1]}',
    );
  });

  it.each([
    "yes",
    "no",
    "on",
    "off",
    "y",
    "n",
    "null",
    "~",
    "0o17",
    "017",
    "1e3",
    "0x1F",
    "1_000",
    "12:30:45",
    "2024-01-01",
    "true",
    ".inf",
    "",
    " x",
    "a: b",
    "#c",
  ])("writes the string %j so that a YAML 1.1 reader takes it for a string", (text) => {
    const yaml = toYaml({ value: text });
    expect(load(yaml)).toEqual({ value: text });
    // YAML 1.1 words and numbers must be quoted.
    expect(yaml.trim()).toMatch(/^value: ['"]/);
  });

  it("keeps a text of several lines as a block", () => {
    expect(toYaml({ file: "a: 1\nb: 2\n" })).toBe("file: |\n  a: 1\n  b: 2\n");
  });
});

describe("network peers", () => {
  it("become NetworkPolicy peers of both directions", () => {
    expect(egressRule({ peer: { kind: "app", app: "x" }, ports: [80] })).toEqual({
      to: [{ podSelector: { matchLabels: { app: "x" } } }],
      ports: [{ port: 80, protocol: "TCP" }],
    });
    expect(
      ingressRule({ peer: { kind: "pods", namespace: "n", labels: { a: "b" } }, ports: ["http"], protocol: "UDP" }),
    ).toEqual({
      from: [
        {
          namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "n" } },
          podSelector: { matchLabels: { a: "b" } },
        },
      ],
      ports: [{ port: "http", protocol: "UDP" }],
    });
    expect(
      egressRule({ peer: { kind: "addresses", cidrs: ["10.0.0.0/8", "1.2.3.4/32"] }, ports: [1] }).to,
    ).toHaveLength(2);
  });
  it("never take the machine's metadata service or private ranges for the internet", () => {
    const [block] = egressRule({ peer: { kind: "internet" }, ports: [443] }).to ?? [];
    expect(block?.ipBlock?.except).toEqual(expect.arrayContaining(["169.254.0.0/16", "10.0.0.0/8", "192.168.0.0/16"]));
  });
});

describe("a Secret's manifest", () => {
  const base = { name: "s", namespace: "n", labels: {} };
  it("outlives its stack when it holds a generated value", () => {
    expect(secretManifest({ ...base, values: { a: generated("g", { length: 8 }) } }).lifecycle).toEqual({
      retainOnDelete: true,
    });
  });
  it("goes with its stack when its values are settings, which remain in the settings", () => {
    expect(secretManifest({ ...base, values: { a: setting("s") } }).lifecycle).toBeUndefined();
  });
});
