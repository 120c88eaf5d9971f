import { describe, expect, it } from "vitest";
import { withPreview } from "../../review/engine.ts";
import { toTerminal } from "../../review/formats/terminal.ts";
import { parsePreview, unknownValue } from "../../review/preview.ts";
import { configMap, deployment, secret, service } from "../corpus/objects.ts";
import { image } from "../corpus/parts.ts";
import { edited } from "../corpus/pair.ts";
import { changeOf, reportOf } from "../support/reports.ts";

const urn = (type: string, name: string): string =>
  `urn:pulumi:dev::suoke-life::suoke:service:Microservice$${type}::${name}`;
const web = urn("kubernetes:core/v1:Service", "web-Service-web");
const moved = edited(service, ["spec.ports.0.port", 81]);

/** The same preview in both forms of `pulumi preview --json`. */
const steps = [
  { op: "same", urn: "urn:pulumi:dev::suoke-life::pulumi:pulumi:Stack::suoke-life-dev" },
  { op: "create-replacement", urn: web, oldState: { inputs: service }, newState: { inputs: moved } },
  {
    op: "replace",
    urn: web,
    oldState: { inputs: service },
    newState: { inputs: moved },
    replaceReasons: ["spec"],
    detailedDiff: { "spec.ports[0].port": { kind: "update-replace", inputDiff: false } },
  },
  { op: "delete-replaced", urn: web, oldState: { inputs: service } },
  {
    op: "update",
    urn: urn("kubernetes:apps/v1:Deployment", "web-Deployment-web"),
    oldState: { inputs: deployment },
    newState: { inputs: edited(deployment, ["spec.template.metadata.annotations.hash", unknownValue]) },
    detailedDiff: null,
  },
  {
    op: "create",
    urn: urn("random:index/randomPassword:RandomPassword", "redis"),
    newState: { inputs: { length: 32 } },
    detailedDiff: null,
  },
  {
    op: "delete",
    urn: urn("kubernetes:core/v1:Secret", "old"),
    oldState: { inputs: edited(secret, ["stringData.password", "canary-value"]) },
    detailedDiff: null,
  },
];
const whole = JSON.stringify({ config: { a: "b" }, steps, duration: 1, changeSummary: { same: 1 } }, null, 4);
const events = [
  { preludeEvent: { config: {} } },
  { diagnosticEvent: { prefix: "debug: ", message: "Registering resource", color: "never", severity: "debug" } },
  ...steps.map(({ oldState = null, newState = null, replaceReasons, detailedDiff, ...step }) => ({
    resourcePreEvent: {
      metadata: {
        ...step,
        old: oldState,
        new: newState,
        keys: replaceReasons,
        detailedDiff:
          detailedDiff &&
          Object.fromEntries(Object.entries(detailedDiff).map(([path, { kind }]) => [path, { diffKind: kind }])),
      },
      planning: true,
    },
  })),
  { summaryEvent: { maybeCorrupt: false, durationSeconds: 1, resourceChanges: {} } },
  { cancelEvent: {} },
];
/** With `--output json`: operations alone. */
const short = JSON.stringify({
  result: "succeeded",
  duration: 1,
  summary: { same: 1, update: 1 },
  resources: steps
    .filter(({ op }) => op !== "same")
    .map(({ op, urn }) => ({
      urn,
      type: "",
      name: "",
      op,
      parent: "urn:pulumi:dev::suoke-life::pulumi:pulumi:Stack::x",
    })),
});
const streamed = events.map((event, sequence) => JSON.stringify({ sequence, timestamp: 1, ...event })).join("\n");

const report = changeOf(
  [service, deployment],
  [moved, edited(deployment, ["spec.template.spec.containers.0.image", image.replaceAll("1", "2")])],
);

describe.each([
  ["as one object", whole],
  ["as an event per line", streamed],
])("a preview %s", (_, text) => {
  const preview = parsePreview(text, "preview.json");
  const merged = withPreview(report, preview);

  it("is of a stack", () => {
    expect(preview.of).toEqual({ project: "suoke-life", stack: "dev" });
  });

  it("says what is replaced, and for which fields", () => {
    const change = merged.changes.find(({ kind }) => kind === "Service");
    expect(change).toMatchObject({
      operation: "replace",
      risk: "replacement",
      engine: { operation: "replace", reasons: ["spec.ports[0].port"], unknown: [] },
    });
    expect(change?.findings.map(({ rule }) => rule)).toContain("replacement/engine");
    expect(merged.counts).toEqual({ create: 0, update: 1, replace: 1, delete: 0 });
  });

  it("says which values are known only when they are applied", () => {
    const change = merged.changes.find(({ kind }) => kind === "Deployment");
    expect(change?.engine?.unknown).toEqual(["spec.template.metadata.annotations.hash"]);
  });

  it("adds the resources that only Pulumi knows of, and judges them", () => {
    expect(merged.engineOnly.map(({ name, operation, findings }) => [name, operation, findings[0]?.rule])).toEqual([
      ["redis", "create", "safe/engine"],
      ["old", "delete", "data-loss/engine-delete"],
    ]);
  });

  it("brings no value of a Secret into any form of the report", () => {
    const made = reportOf([merged]);
    expect(toTerminal(made) + JSON.stringify(made)).not.toContain("canary-value");
  });
});

describe("a preview of --output json", () => {
  const merged = withPreview(report, parsePreview(short, "preview.json"));

  it("says what is replaced, and that it does not say why", () => {
    const change = merged.changes.find(({ kind }) => kind === "Service");
    expect(change).toMatchObject({ operation: "replace", risk: "replacement", engine: { reasons: [], unknown: [] } });
    expect(merged.engineOnly.map(({ name }) => name)).toEqual(["redis", "old"]);
    expect(merged.notes).toEqual([expect.stringContaining("for which ones Pulumi replaces")]);
  });

  it("that changes nothing names no stack", () => {
    const text = JSON.stringify({ result: "succeeded", duration: 1, summary: { same: 424 } });
    expect(parsePreview(text, "preview.json")).toMatchObject({ steps: [] });
    expect(parsePreview(text, "preview.json")).not.toHaveProperty("of");
  });
});

describe("a preview that cannot be relied on is refused", () => {
  it.each([
    ["that is empty", " \n", "is empty: the preview failed before it began"],
    ["of the short form that failed", JSON.stringify({ result: "failed", summary: {} }), 'its result is "failed"'],
    ["of the short form with a result of its own", JSON.stringify({ result: "fine" }), "no output of pulumi preview"],
    [
      "that failed before its summary",
      JSON.stringify({ timestamp: 1, diagnosticEvent: { severity: "error", message: "no such stack" } }),
      "failed, so that it does not know everything: no such stack",
    ],
    ["that is no JSON", "Previewing update (dev)", "it is not JSON"],
    ["of an unknown version", JSON.stringify({ version: 9, resources: [] }), "it has no steps"],
    ["without steps", JSON.stringify({ changeSummary: {} }), "it has no steps"],
    ["with a line that is no event", `${streamed.split("\n")[0] ?? ""}\n{"b": 1}`, "line 2 is no event"],
    ["that was cut off", streamed.split("\n").slice(0, 4).join("\n"), "ends before its summary"],
    [
      "that failed",
      JSON.stringify({ steps, changeSummary: {}, diagnostics: [{ severity: "error", message: "no such context" }] }),
      "failed, so that it does not know everything: no such context",
    ],
  ])("%s", (_, text, message) => {
    expect(() => parsePreview(text, "preview.json")).toThrow(message);
  });
});

it("a hash in a name makes two resources for Pulumi, and one change", () => {
  const [old, next] = ["web-0123456789", "web-abcdef0123"].map((name) => edited(configMap, ["metadata.name", name]));
  const type = "kubernetes:core/v1:ConfigMap";
  const text = JSON.stringify({
    steps: [
      { op: "create", urn: urn(type, "next"), newState: { inputs: next } },
      { op: "delete", urn: urn(type, "old"), oldState: { inputs: old } },
    ],
    changeSummary: {},
  });
  const merged = withPreview(
    changeOf([old ?? configMap], [edited(next ?? configMap, ["data.a", "b"])]),
    parsePreview(text, "p"),
  );
  expect([merged.changes.length, merged.engineOnly]).toEqual([1, []]);
});
