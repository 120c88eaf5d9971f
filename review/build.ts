import { shortHash } from "../kubernetes/names.ts";
import type { Change, ObjectChange, Placed } from "./change.ts";
import { operationOf, pathText, shapeOf, subjectOf } from "./change.ts";
import { classify } from "./classify.ts";
import { diffObjects } from "./diff.ts";
import { changedLines, isText } from "./lines.ts";
import type { EnvironmentReport, ReportedChange, ReportedField, ReportedFinding } from "./report.ts";
import type { Risk, RiskFinding } from "./risk.ts";
import { worst } from "./risk.ts";
import { replacedByPulumi } from "./rules/immutable.ts";
import type { World } from "./world.ts";
import { worldOf } from "./world.ts";

/** What changes in an environment from one state to another, with what it can do. */
export function environmentReport(
  name: string,
  before: readonly Placed[],
  after: readonly Placed[],
): EnvironmentReport {
  const world = worldOf(before, after);
  return summarized(
    name,
    diffObjects(before, after).map((change) => reportedChange(change, world)),
  );
}

/** The same of two environments: one is not going to become the other, so that nothing is at risk. */
export function comparisonReport(name: string, before: readonly Placed[], after: readonly Placed[]): EnvironmentReport {
  return summarized(
    name,
    diffObjects(before, after).map((change) => reported(change, [])),
  );
}

function summarized(name: string, changes: ReportedChange[]): EnvironmentReport {
  return { name, ...totals(changes, []), changes, engineOnly: [], notes: [] };
}

/** Counts and the worst class of some changes. */
export function totals(
  changes: readonly ReportedChange[],
  others: readonly { readonly risk: Risk }[],
): Pick<EnvironmentReport, "counts" | "risk"> {
  const counts = { create: 0, update: 0, replace: 0, delete: 0 };
  for (const { operation } of changes) counts[operation] += 1;
  return { counts, risk: worst([...changes, ...others].map(({ risk }) => risk)) };
}

function reportedChange(change: ObjectChange, world: World): ReportedChange {
  return reported(change, classify(change, world));
}

function reported(change: ObjectChange, findings: readonly RiskFinding[]): ReportedChange {
  const { apiVersion, kind, metadata } = subjectOf(change);
  const { name, namespace } = metadata;
  const formerName = change.before?.metadata.name;
  const all = mergeFindings(findings);
  const images = imageVersions(change.changes);
  const fields = change.changes.map((each) => reportedField(each, all, images));
  const merged = withoutConsequences(all, fields);
  const operation = findings.some(({ rule }) => replacedByPulumi.has(rule)) ? "replace" : operationOf(change);
  return {
    id: shortHash(
      [change.component, kind, namespace ?? "", name, operation, ...merged.map(({ rule }) => rule)].join("\n"),
    ),
    component: change.component,
    apiVersion,
    kind,
    ...(namespace === undefined ? {} : { namespace }),
    name,
    ...(formerName === undefined || formerName === name ? {} : { formerName }),
    operation,
    risk: worst(merged.map(({ risk }) => risk)),
    findings: merged,
    fields,
  };
}

/** What a mere consequence of an image's version does, the image does anyway: it needs no approval of its own. */
function withoutConsequences(
  findings: readonly ReportedFinding[],
  fields: readonly ReportedField[],
): ReportedFinding[] {
  const follows = new Set(fields.filter((field) => field.follows === "image").map(({ path }) => path));
  return findings.filter(
    ({ risk, paths }) =>
      !["restart", "safe"].includes(risk) || paths.length === 0 || paths.some((path) => !follows.has(path)),
  );
}

/** One entry per rule and reason, with all the places that it is about. */
function mergeFindings(findings: readonly RiskFinding[]): ReportedFinding[] {
  const groups = Map.groupBy(findings, ({ rule, reason }) => `${rule}\n${reason}`);
  return [...groups.values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    const { rule, risk, reason, source } = first;
    const paths = same.flatMap(({ path }) => (path === undefined ? [] : [pathText(path)]));
    return [{ rule, risk, reason, source, paths, approved: false }];
  });
}

function reportedField(
  change: Change,
  findings: readonly ReportedFinding[],
  images: readonly Versions[],
): ReportedField {
  const path = pathText(change.path);
  const about = findings.filter(({ paths }) => paths.includes(path));
  // What a rule about the whole object has judged shows that rule's class.
  const judged = about.length > 0 ? about : findings.filter(({ paths }) => paths.length === 0);
  const follows = cause(change, images);
  return {
    path,
    operation: change.op,
    ...values(change),
    risk: worst(judged.map(({ risk }) => risk)),
    rules: judged.map(({ rule }) => rule),
    ...(follows === undefined ? {} : { follows }),
  };
}

function values(change: Change): Pick<ReportedField, "before" | "after" | "lines"> {
  const before = "before" in change ? change.before : undefined;
  const after = "after" in change ? change.after : undefined;
  if (isText(before) || isText(after)) {
    return { lines: changedLines(typeof before === "string" ? before : "", typeof after === "string" ? after : "") };
  }
  return { ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
}

interface Versions {
  readonly before: string;
  readonly after: string;
}

/** From which tag to which the images of an object go. */
function imageVersions(changes: readonly Change[]): Versions[] {
  return changes.flatMap((change) => {
    if (change.op !== "replace" || !/ontainers\[\]\.image$/.test(shapeOf(change.path))) return [];
    const [before, after] = [tagOf(change.before), tagOf(change.after)];
    return before === "" || after === "" || before === after ? [] : [{ before, after }];
  });
}

function tagOf(image: unknown): string {
  return /:([^/:@]+)(@.*)?$/.exec(String(image))?.[1] ?? "";
}

/** What a change is a mere consequence of: the image's version in a label, the hash of content in a name. */
function cause(change: Change, images: readonly Versions[]): "image" | "content" | undefined {
  if (change.op !== "replace") return undefined;
  const { before, after, path } = change;
  if (typeof before !== "string" || typeof after !== "string" || isText(before)) return undefined;
  if (path.at(-1) === "suoke.life/secrets-hash") return "content";
  const stem = (text: string): string => text.replace(/-[0-9a-f]{10}$/, "");
  if (stem(before) === stem(after)) return "content";
  if (path.at(-1) === "image") return undefined;
  return images.some((versions) => before.replaceAll(versions.before, versions.after) === after) ? "image" : undefined;
}
