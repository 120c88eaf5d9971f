import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { clusterNames, loadCluster } from "../../cli/generated.ts";
import { root } from "../../local/paths.ts";
import { placedFrom, placedOf } from "../../review/placed.ts";
import { built, committed } from "../support/environments.ts";
import { diffObjects, hidden } from "../../review/diff.ts";
import type { Placed, PlainObject } from "../../review/change.ts";
import { pathText } from "../../review/change.ts";
import { compareObjects } from "../../review/compare.ts";
import { environmentReport } from "../../review/build.ts";
import { deployment, networkPolicy, secret, service } from "../corpus/objects.ts";
import { edited } from "../corpus/pair.ts";
import type { Edit } from "../corpus/pair.ts";

const container = "spec.template.spec.containers.0";
const places = (before: PlainObject, after: PlainObject): string[] =>
  compareObjects(before, after).map(({ op, path }) => `${op} ${pathText(path)}`);

describe("what means the same is no change", () => {
  it.each<[string, PlainObject, Edit]>([
    ["a quantity in other units", deployment, [`${container}.resources.requests.cpu`, "0.1"]],
    ["memory in other units", deployment, [`${container}.resources.limits.memory`, "131072Ki"]],
    ["what the API server fills in", deployment, [`${container}.readinessProbe.timeoutSeconds`, 1]],
    ["a protocol that is the default", service, ["spec.ports.0.protocol", "TCP"]],
    ["the default type of a Service", service, ["spec.type", "ClusterIP"]],
    ["null", deployment, ["spec.template.spec.nodeSelector", null]],
    ["no annotations at all", deployment, ["metadata.annotations", {}]],
    ["the order of a policy's types", networkPolicy, ["spec.policyTypes", ["Egress", "Ingress"]]],
  ])("%s", (_, object, edit) => {
    expect(places(object, edited(object, edit))).toEqual([]);
    expect(places(edited(object, edit), object)).toEqual([]);
  });

  it("a duration in other units", () => {
    const certificate = (duration: string): PlainObject => ({
      apiVersion: "cert-manager.io/v1",
      kind: "Certificate",
      metadata: { name: "web" },
      spec: { duration },
    });
    expect(places(certificate("90m"), certificate("1h30m"))).toEqual([]);
    expect(places(certificate("90m"), certificate("1h31m"))).toEqual(["replace spec.duration"]);
  });
});

describe("what changes is told by its place", () => {
  it("items of a list by their keys, wherever they stand", () => {
    const after = edited(deployment, [
      `${container}.env`,
      [
        { name: "ZONE", value: "a" },
        { name: "LEVEL", value: "debug" },
        { name: "PASSWORD", valueFrom: { secretKeyRef: { name: "web", key: "password" } } },
      ],
    ]);
    expect(places(deployment, after)).toEqual([
      "replace spec.template.spec.containers[web].env[LEVEL].value",
      "add spec.template.spec.containers[web].env[ZONE]",
    ]);
  });

  it("an order that counts is a change: of variables, each sees only those further up", () => {
    const [first, second] = [
      { name: "LEVEL", value: "info" },
      { name: "ZONE", value: "a" },
    ];
    const [before, after] = [
      [first, second],
      [second, first],
    ].map((env) => edited(deployment, [`${container}.env`, env]));
    expect(places(before ?? deployment, after ?? deployment)).toEqual(["order spec.template.spec.containers[web].env"]);
  });

  it("a file of a ConfigMap by line", () => {
    const file = (level: string): Placed[] => [
      {
        component: "web",
        object: {
          apiVersion: "v1",
          kind: "ConfigMap",
          metadata: { name: "web" },
          data: { "config.yaml": `a: 1\nlevel: ${level}\nb: 2\n` },
        },
      },
    ];
    const [change] = environmentReport("dev", file("info"), file("debug")).changes;
    expect(change?.fields).toMatchObject([
      { path: 'data["config.yaml"]', lines: ["@@ 1 → 1 @@", " a: 1", "-level: info", "+level: debug", " b: 2"] },
    ]);
  });

  it("an object of another version of its API is the same object", () => {
    const old = { ...deployment, apiVersion: "apps/v1beta2" };
    const placed = (object: PlainObject): Placed[] => [{ component: "web", object }];
    expect(diffObjects(placed(old), placed(deployment)).map(({ changes }) => changes)).toMatchObject([
      [{ op: "replace", path: ["apiVersion"] }],
    ]);
  });
});

describe("a value in a Secret", () => {
  const placed = (password: string): Placed[] => [
    { component: "web", object: edited(secret, ["stringData.password", password]) },
  ];
  it("is never told, only that it changes", () => {
    const [change] = diffObjects(placed("canary-one"), placed("canary-two"));
    expect(change?.changes).toEqual([
      { op: "replace", path: ["stringData", "password"], before: hidden, after: hidden },
    ]);
  });

  it("is told as far as it is a mask, which says how a secret is made", () => {
    const [change] = diffObjects(placed("<generated a: 8 digits>"), placed("<generated a: 9 digits>"));
    expect(change?.changes).toMatchObject([{ before: "<generated a: 8 digits>", after: "<generated a: 9 digits>" }]);
  });
});

describe("a revision's golden files say what its render would", () => {
  const golden = (folder: string): Placed[] =>
    readdirSync(join(root, "test/golden", folder)).flatMap((file) =>
      placedFrom(file.replace(/\.yaml$/, ""), readFileSync(join(root, "test/golden", folder, file), "utf8")),
    );

  it.each(committed)("of $name", ({ name, environment }) => {
    expect(diffObjects(golden(name), placedOf(built(environment)))).toEqual([]);
  });

  it.each(clusterNames(root))("of cluster/%s, with what only Pulumi can install", (name) => {
    const rendered = placedOf(loadCluster(name, root));
    expect(diffObjects(golden(`cluster-${name}`), rendered)).toEqual([]);
    expect(rendered.length).toBe(golden(`cluster-${name}`).length);
  });
});
