import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyAll } from "../../review/apply.ts";
import { environmentReport } from "../../review/build.ts";
import type { Placed, PlainObject } from "../../review/change.ts";
import { stableJson } from "../../review/compare.ts";
import { diffObjects } from "../../review/diff.ts";
import { placedOf } from "../../review/placed.ts";
import { platform } from "../../stacks/platform.ts";
import { corpus } from "../corpus/corpus.ts";
import * as objects from "../corpus/objects.ts";
import { edited } from "../corpus/pair.ts";
import { anyEnvironment } from "../support/arbitrary.ts";

/** One of a dozen random platforms: what is tried is pairs of them, and building is what takes time. */
const anyPlatform = fc.constantFrom(
  ...fc.sample(anyEnvironment(), 12).map((environment) => placedOf(platform(environment))),
);
const bare = (placed: readonly Placed[]): PlainObject[] => placed.map(({ object }) => object);
const placed = (all: readonly PlainObject[]): Placed[] => all.map((object) => ({ component: "web", object }));

/** Values as they stand in manifests. */
const anyScalar = fc.oneof(
  fc.constantFrom<unknown>("", "100m", "0.1", "1Gi", "a\nb\n", true, false, 0, 1, 30, null),
  fc.string({ maxLength: 8 }),
);

const keys = ["name", "key", "spec", "a.b/c", "value", "0"];
const anyJson = fc.letrec<{ readonly json: unknown }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 3 },
    anyScalar,
    fc.array(tie("json"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...keys), tie("json"), { maxKeys: 3, noNullPrototype: true }),
  ),
})).json;

/** Every place in an object, as `edited` takes it. */
function placesOf(value: unknown, path: readonly string[] = []): string[] {
  const inner =
    typeof value === "object" && value !== null
      ? Object.entries(value).flatMap(([key, each]) => placesOf(each, [...path, key.replaceAll(".", "\\.")]))
      : [];
  // What an object is called says which one it is.
  return /^(|apiVersion|kind|metadata|metadata\.name(space)?)$/.test(path.join("."))
    ? inner
    : [path.join("."), ...inner];
}

/** An object of the corpus, and the same with a few places changed to anything. */
const anyEdit = fc
  // Of a Secret the report does not say enough to make it: its values are hidden.
  .constantFrom(
    ...Object.values(objects)
      .filter((each) => typeof each !== "string")
      .filter(({ kind }) => kind !== "Secret"),
  )
  .chain((object) =>
    fc.tuple(
      fc.constant(object),
      fc.array(fc.tuple(fc.constantFrom(...placesOf(object)), fc.oneof(anyJson, fc.constant(undefined))), {
        minLength: 1,
        maxLength: 4,
      }),
    ),
  )
  .map(([object, edits]) => {
    let after = object;
    for (const edit of edits) {
      try {
        after = edited(after, edit);
      } catch {
        // An edit before has taken the place away.
      }
    }
    // What is no JSON, such as a hole in a list, is in no manifest.
    return [object, JSON.parse(JSON.stringify(after)) as PlainObject] as const;
  });

describe("comparing", () => {
  it("anything with itself finds nothing", () => {
    fc.assert(
      fc.property(anyPlatform, (objects_) => diffObjects(objects_, structuredClone(objects_)).length === 0),
      { numRuns: 15 },
    );
  });

  it("two platforms finds what makes the one into the other, and nothing is left out", () => {
    fc.assert(
      fc.property(anyPlatform, anyPlatform, (before, after) => {
        const made = applyAll(bare(before), diffObjects(before, after));
        return diffObjects(placed(made), placed(bare(after))).length === 0 && made.length === after.length;
      }),
      { numRuns: 15 },
    );
  });

  it("any edit of an object finds what makes the one into the other", () => {
    fc.assert(
      fc.property(anyEdit, ([before, after]) => {
        const changes = diffObjects(placed([before]), placed([after]));
        const made = applyAll([before], changes);
        expect(diffObjects(placed(made), placed([after]))).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });

  it("does not depend on the order of objects, or of their fields", () => {
    fc.assert(
      fc.property(anyPlatform, anyPlatform, fc.integer(), (before, after, seed) => {
        const shuffled = (all: readonly Placed[]): Placed[] =>
          [...all]
            .sort((a, b) => (hash(a, seed) < hash(b, seed) ? -1 : 1))
            .map(({ component, object }) => ({ component, object: reversed(object) as PlainObject }));
        const report = environmentReport("dev", before, after);
        return stableJson(environmentReport("dev", shuffled(before), shuffled(after))) === stableJson(report);
      }),
      { numRuns: 5 },
    );
  });

  it("every pair of the corpus finds what makes the one into the other, in both directions", () => {
    for (const { name, before, after } of corpus) {
      for (const [from, to] of [
        [before, after],
        [after, before],
      ] as const) {
        const made = applyAll(from, diffObjects(placed(from), placed(to)));
        expect([name, diffObjects(placed(made), placed(to))]).toEqual([name, []]);
      }
    }
  });
});

describe("a report", () => {
  it("has a finding for each object that changes, whose reason is a sentence, and the worst of them as its class", () => {
    fc.assert(
      fc.property(anyEdit, ([before, after]) => {
        const { changes } = environmentReport("dev", placed([before]), placed([after]));
        return changes.every(
          ({ findings, fields, risk }) =>
            findings.some((finding) => finding.risk === risk) &&
            findings.every(({ reason }) => reason.endsWith(".")) &&
            fields.every(({ rules }) => rules.length > 0),
        );
      }),
      { numRuns: 200 },
    );
  });
});

function hash({ object }: Placed, seed: number): number {
  let sum = seed;
  for (const letter of object.kind + object.metadata.name) sum = (sum * 31 + letter.charCodeAt(0)) | 0;
  return sum;
}

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, each]) => [key, reversed(each)]),
  );
}
