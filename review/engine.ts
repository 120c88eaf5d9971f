import { totals } from "./build.ts";
import type { PlainObject } from "./change.ts";
import { operationOf } from "./change.ts";
import { classify } from "./classify.ts";
import { groupOf } from "./pair.ts";
import type { Preview, Step } from "./preview.ts";
import type { EngineOnly, EnvironmentReport, ReportedChange, ReportedFinding } from "./report.ts";
import type { RuleId } from "./risk.ts";
import { riskOf, worst } from "./risk.ts";
import { worldOf } from "./world.ts";

/** Rules about what only Pulumi's preview, or the server, knows. */
const reasons = {
  "replacement/engine": "Pulumi's preview replaces it: it is deleted and created anew.",
  "data-loss/engine-delete": "Pulumi deletes it, and what it holds is in no other place.",
  "restart/engine": "Pulumi updates it; what that does is up to its provider.",
  "safe/engine": "Pulumi creates it.",
  "replacement/refused": "The API server refuses the change.",
} as const satisfies Partial<Record<RuleId, string>>;

export const engineRules = Object.keys(reasons) as (keyof typeof reasons)[];

const pulumi = "https://www.pulumi.com/docs/iac/cli/commands/pulumi_preview/";
const server = "https://kubernetes.io/docs/reference/using-api/api-concepts/#dry-run";

function engineFinding(rule: keyof typeof reasons, paths: readonly string[] = []): ReportedFinding {
  const source = rule === "replacement/refused" ? server : pulumi;
  return { rule, risk: riskOf(rule), reason: reasons[rule], source, paths: [...paths], approved: false };
}

/** A report with what Pulumi's preview of the same environment knows besides: replacements, unknown values, other resources. */
export function withPreview(report: EnvironmentReport, { steps, notes }: Preview): EnvironmentReport {
  const own = steps.filter(({ type }) => !isInternal(type));
  const byObject = new Map(own.flatMap((step) => objectIds(step).map((id) => [id, step] as const)));
  const byName = new Map(own.map((step) => [`${step.type.split(":").at(-1)} ${step.name}`, step]));
  const stepOf = (change: ReportedChange): Step | undefined =>
    byObject.get(changeId(change)) ?? byName.get(resourceId(change));
  const used = new Set<Step>();
  const changes = report.changes.map((change) => {
    // An object whose name carries a hash is two resources to Pulumi: the next one, and the one that goes.
    const former = change.formerName === undefined ? undefined : stepOf({ ...change, name: change.formerName });
    if (former !== undefined) used.add(former);
    const step = stepOf(change);
    if (step === undefined) return change;
    used.add(step);
    return withStep(change, step);
  });
  const engineOnly = own.filter((step) => !used.has(step)).map(onlyInEngine);
  return { ...report, ...totals(changes, engineOnly), changes, engineOnly, notes: [...report.notes, ...notes] };
}

/** A report with what a server said to changes that it refuses. */
export function withRefusals(
  report: EnvironmentReport,
  refusalOf: (change: ReportedChange) => string | undefined,
): EnvironmentReport {
  const changes = report.changes.map((change) => {
    const refusal = refusalOf(change);
    if (refusal === undefined) return change;
    const findings = [
      ...change.findings,
      { ...engineFinding("replacement/refused"), reason: `The API server refuses it: ${refusal}` },
    ];
    return { ...change, findings, risk: worst(findings.map(({ risk }) => risk)) };
  });
  return { ...report, ...totals(changes, report.engineOnly), changes };
}

/** Components, stacks and providers are Pulumi's own: nothing in a cluster stands for them. */
function isInternal(type: string): boolean {
  return type.startsWith("suoke:") || type.startsWith("pulumi:");
}

function withStep(change: ReportedChange, { operation, reasons: fields, unknown }: Step): ReportedChange {
  const engine = { operation, reasons: [...fields], unknown: [...unknown] };
  const known = change.findings.some(({ risk }) => risk === "replacement" || risk === "data-loss");
  if (operation !== "replace" || known) {
    return { ...change, ...(operation === "replace" ? { operation } : {}), engine };
  }
  const findings = [...change.findings, engineFinding("replacement/engine", fields)];
  return { ...change, operation, findings, risk: worst(findings.map(({ risk }) => risk)), engine };
}

function onlyInEngine(step: Step): EngineOnly {
  const { urn, type, name, operation, reasons: fields, unknown } = step;
  const findings = findingsOf(step);
  return {
    urn,
    type,
    name,
    operation,
    reasons: [...fields],
    unknown: [...unknown],
    risk: worst(findings.map(({ risk }) => risk)),
    findings,
  };
}

/** Of an object the rules speak, as far as they can without its neighbours; of anything else its operation. */
function findingsOf(step: Step): ReportedFinding[] {
  const { operation, before, after, reasons: fields } = step;
  const rule = ruleOf(step);
  if (operation === "replace") return [engineFinding("replacement/engine", fields)];
  if (operation === "update" || (before ?? after) === undefined) return [engineFinding(rule, [])];
  const sides = [before, after].map((object) => (object === undefined ? [] : [{ component: "", object }]));
  const change = {
    component: "",
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
    changes: [],
  };
  // A Secret's value is masked in a preview, so that the rules cannot tell whether it was generated.
  if (operationOf(change) === "update" || before?.kind === "Secret") return [engineFinding(rule, [])];
  return classify(change, worldOf(sides[0] ?? [], sides[1] ?? [])).map((finding) => ({
    ...finding,
    paths: [],
    approved: false,
  }));
}

function ruleOf({ operation }: Step): keyof typeof reasons {
  switch (operation) {
    case "create":
      return "safe/engine";
    case "update":
      return "restart/engine";
    case "replace":
      return "replacement/engine";
    case "delete":
      return "data-loss/engine-delete";
  }
}

function objectIds({ before, after }: Step): string[] {
  return [before, after].flatMap((object) => (object === undefined ? [] : [objectId(object)]));
}

function objectId({ apiVersion, kind, metadata }: PlainObject): string {
  return id(groupOf(apiVersion), kind, metadata.namespace, metadata.name);
}

function changeId({ apiVersion, kind, namespace, name }: ReportedChange): string {
  return id(groupOf(apiVersion), kind, namespace, name);
}

/** As components/component.ts names the resource: what a preview without objects can be told apart by. */
function resourceId({ component, kind, name }: ReportedChange): string {
  return `${kind} ${component}-${kind}-${name}`;
}

function id(...parts: readonly (string | undefined)[]): string {
  return parts.map((part) => part ?? "").join("/");
}
