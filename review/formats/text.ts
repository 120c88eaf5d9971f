import { approvalLabel, unapproved } from "../approval.ts";
import { scalarText } from "../compare.ts";
import type { Group } from "../fold.ts";
import type { EngineOnly, EnvironmentReport, Report, ReportedField } from "../report.ts";
import { risks } from "../risk.ts";

/** A value as a reviewer reads it: text as it is, anything else as JSON. */
export function valueText(value: unknown): string {
  return value === "" ? '""' : scalarText(value);
}

/** A path as people say it: what is in the template of pods is of the pod. */
export function pathLabel(path: string): string {
  return path
    .replace(/^spec\.(?:jobTemplate\.spec\.)?template\.(?:spec|metadata)\.?/, "pod.")
    .replace(/^metadata\./, "");
}

/** `1 to create, 7 to update`. */
export function countsText({ counts, engineOnly }: Pick<EnvironmentReport, "counts" | "engineOnly">): string {
  const parts = (["create", "update", "replace", "delete"] as const)
    .filter((operation) => counts[operation] > 0)
    .map((operation) => `${counts[operation]} to ${operation}`);
  if (engineOnly.length > 0) parts.push(`${engineOnly.length} that only Pulumi knows of`);
  return parts.length === 0 ? "nothing changes" : parts.join(", ");
}

/** `Deployment auth-service`, `Deployment of 7: auth-service, …`, `soer-service: 8 objects`. */
export function groupTitle({ operation, kind, objects, components }: Group): string {
  const names = objects.map((object) => object.split(" ").slice(1).join(" "));
  const only = objects[0];
  if (only !== undefined && objects.length === 1) return `${operation} ${only}`;
  if (kind !== "") return `${operation} ${kind} of ${names.length}: ${names.join(", ")}`;
  return `${operation} ${components.join(", ")}: ${objects.length} objects`;
}

/** What a group's title leaves out: the objects, where they are of several kinds. */
export function groupObjects({ kind, objects, components }: Group): string {
  if (kind !== "" || objects.length === 1) return "";
  return components.length === 1 ? objects.join(", ") : countKinds(objects);
}

function countKinds(objects: readonly string[]): string {
  const kinds = Map.groupBy(objects, (object) => object.split(" ")[0] ?? "");
  return [...kinds].map(([kind, same]) => `${same.length} × ${kind}`).join(", ");
}

export const signs = { add: "+", remove: "-", replace: "~", order: "↕" } as const;

/** Before and after of a field, for one line. */
export function fieldText({ operation, before, after }: ReportedField): string {
  switch (operation) {
    case "add":
      return valueText(after);
    case "remove":
      return valueText(before);
    case "order":
      return "in another order";
    case "replace":
      return before === undefined && after === undefined ? "" : `${valueText(before)} → ${valueText(after)}`;
  }
}

/** `main (1a2b3c4) → the working tree`. */
export function directionText({ from, to, purpose }: Report): string {
  return purpose === "comparison" ? `${from} compared with ${to}` : `${from} → ${to}`;
}

/** What comes of the limit, in one sentence; nothing without one. */
export function verdictText({ failOn, passed, approved }: Report): string {
  if (failOn === undefined) return "";
  const yes = approved.length === 0 ? "" : ` Approved: ${approved.join(", ")}.`;
  return passed
    ? `Nothing at or above ${failOn} is without approval.${yes}`
    : `Something at or above ${failOn} is not approved.${yes}`;
}

/** What to do about each class that fails a report. */
export function approvalHints({ environments, failOn }: Report): string[] {
  const failing = environments.flatMap((environment) => unapproved(environment, failOn));
  return risks.flatMap((risk) => {
    const rules = [...new Set(failing.filter((finding) => finding.risk === risk).map(({ rule }) => rule))].sort();
    if (rules.length === 0) return [];
    return [`${rules.join(", ")}: the label ${approvalLabel}${risk} approves it, or one of the rule's own name.`];
  });
}

/** `replace random:index/randomPassword:RandomPassword redis for keepers`. */
export function engineTitle({ operation, type, name, reasons }: EngineOnly): string {
  return `${operation} ${type} ${name}${reasons.length === 0 ? "" : ` for ${reasons.join(", ")}`}`;
}
