import type { Group, Section } from "../fold.ts";
import { sectionsOf } from "../fold.ts";
import type { EngineOnly, EnvironmentReport, Report, ReportedField, ReportedFinding } from "../report.ts";
import type { Risk } from "../risk.ts";
import {
  countsText,
  approvalHints,
  directionText,
  engineTitle,
  fieldText,
  groupObjects,
  groupTitle,
  pathLabel,
  signs,
  valueText,
  verdictText,
} from "./text.ts";

export type Style = "bold" | "dim" | "red" | "yellow" | "magenta" | "green" | "cyan";

/** Colours a text, or leaves it as it is. */
export type Paint = (style: Style, text: string) => string;

export const plain: Paint = (_, text) => text;

const styles: Readonly<Record<Risk, Style>> = {
  "data-loss": "red",
  replacement: "red",
  "traffic-interruption": "yellow",
  "security-weakening": "magenta",
  restart: "cyan",
  safe: "green",
};

/** A longer line is told as two. */
const lineWidth = 110;

/** A report for people at a terminal. */
export function toTerminal(report: Report, paint: Paint = plain): string {
  const verdict = verdictText(report);
  const width = Math.max(...report.environments.map(({ name }) => name.length));
  const lines = [
    paint("bold", directionText(report)),
    "",
    ...report.environments.map((environment) => summaryLine(environment, report, width, paint)),
    ...sectionsOf(report).flatMap((section) => sectionLines(section, report, paint)),
    ...(verdict === "" ? [] : ["", paint(report.passed ? "green" : "red", verdict)]),
    ...approvalHints(report).map((hint) => `  ${hint}`),
  ];
  return `${lines.join("\n")}\n`;
}

function summaryLine(environment: EnvironmentReport, report: Report, width: number, paint: Paint): string {
  const changed = environment.changes.length + environment.engineOnly.length > 0;
  const risk = changed && report.purpose === "change" ? `  ${paint(styles[environment.risk], environment.risk)}` : "";
  return `  ${environment.name.padEnd(width)}  ${countsText(environment)}${risk}`;
}

function sectionLines({ names, groups, engineOnly, notes }: Section, report: Report, paint: Paint): string[] {
  return [
    "",
    paint("bold", names.join(", ")),
    ...groups.flatMap((group) => groupLines(group, report, paint)),
    ...engineOnly.flatMap((each) => engineLines(each, paint)),
    ...notes.map((note) => `  ${paint("dim", note)}`),
  ];
}

function groupLines(group: Group, { purpose }: Report, paint: Paint): string[] {
  const risk = purpose === "change" ? `${paint(styles[group.risk], group.risk)}  ` : "";
  const objects = groupObjects(group);
  const follows = group.fields.filter((field) => field.follows !== undefined).map(({ path }) => pathLabel(path));
  return [
    `  ${risk}${paint("bold", groupTitle(group))}`,
    ...(objects === "" ? [] : [`      ${objects}`]),
    ...group.fields.filter((field) => field.follows === undefined).flatMap((field) => fieldLines(field, paint)),
    ...(follows.length === 0 ? [] : [paint("dim", `      and with it ${follows.join(", ")}`)]),
    ...group.findings.map((finding) => findingLine(finding, paint)),
  ];
}

function fieldLines(field: ReportedField, paint: Paint): string[] {
  const style: Style = field.operation === "add" ? "green" : field.operation === "remove" ? "red" : "yellow";
  const label = pathLabel(field.path);
  const head = `      ${paint(style, signs[field.operation])} ${label}`;
  if (field.lines !== undefined) return [head, ...field.lines.map((line) => `          ${paintLine(line, paint)}`)];
  const text = fieldText(field);
  if (label.length + text.length <= lineWidth) return [`${head}  ${text}`];
  if (field.operation !== "replace") return [head, `          ${text}`];
  return [
    head,
    `          ${paint("red", `- ${valueText(field.before)}`)}`,
    `          ${paint("green", `+ ${valueText(field.after)}`)}`,
  ];
}

function paintLine(line: string, paint: Paint): string {
  if (line.startsWith("+")) return paint("green", line);
  if (line.startsWith("-")) return paint("red", line);
  return line.startsWith("@@") ? paint("dim", line) : line;
}

function findingLine({ rule, risk, reason, paths, approved }: ReportedFinding, paint: Paint): string {
  const about = paths.every((path) => /^[A-Z]/.test(path)) && paths.length > 0 ? `${paths.join(", ")}: ` : "";
  const mark = approved ? " (approved)" : "";
  const text = `      ${about}${reason} [${rule}]${mark}`;
  return risk === "safe" || risk === "restart" ? paint("dim", text) : text;
}

function engineLines(each: EngineOnly, paint: Paint): string[] {
  const { unknown, risk, findings } = each;
  return [
    `  ${paint(styles[risk], risk)}  ${paint("bold", engineTitle(each))}`,
    ...(unknown.length === 0 ? [] : [`      known only when it is applied: ${unknown.join(", ")}`]),
    ...findings.map((finding) => findingLine(finding, paint)),
  ];
}
