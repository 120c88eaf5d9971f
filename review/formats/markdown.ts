import type { Group, Section } from "../fold.ts";
import { sectionsOf } from "../fold.ts";
import type { EngineOnly, EnvironmentReport, Report, ReportedField, ReportedFinding } from "../report.ts";
import type { Risk } from "../risk.ts";
import { riskMeanings, risks } from "../risk.ts";
import {
  approvalHints,
  countsText,
  directionText,
  engineTitle,
  fieldText,
  groupObjects,
  groupTitle,
  pathLabel,
  valueText,
  verdictText,
} from "./text.ts";

export interface MarkdownOptions {
  /** Most characters that it may have. */
  readonly limit?: number;
  /** Where the whole report is, for one that had to be shortened. */
  readonly link?: string;
}

/**
 * A comment on GitLab may have 1,000,000 characters, and the reports of three environments go into one:
 * https://docs.gitlab.com/administration/instance_limits/#size-of-comments-and-descriptions-of-issues-merge-requests-and-epics
 */
export const commentLimit = 300_000;

const marks: Readonly<Record<Risk, string>> = {
  "data-loss": "🔴",
  replacement: "🔴",
  "traffic-interruption": "🟠",
  "security-weakening": "🟣",
  restart: "🔵",
  safe: "🟢",
};

/** A report for the comment of a merge request: a table, and below it what changes, worst first. */
export function toMarkdown(report: Report, { limit = commentLimit, link }: MarkdownOptions = {}): string {
  const sections = sectionsOf(report);
  const head = [
    `### ${report.purpose === "comparison" ? "Differences" : "Changes"}: ${escaped(directionText(report))}`,
    "",
    ...summary(report),
    "",
    ...verdict(report),
  ].join("\n");
  const told = sections.map((section) => sectionParts(section, report));
  const whole = [head, ...told.map(({ open, parts, close }) => [open, ...parts, close].join("\n"))].join("\n");
  return whole.length < limit
    ? `${whole}\n`
    : shortened(head, told, { limit, ...(link === undefined ? {} : { link }) });
}

interface ToldSection {
  readonly open: string;
  /** Worst first. */
  readonly parts: readonly string[];
  readonly close: string;
}

/** As much of a report as there is room for: of each environment the worst changes. */
function shortened(
  head: string,
  sections: readonly ToldSection[],
  { limit = commentLimit, link }: MarkdownOptions,
): string {
  const where = link === undefined ? "the job's artefacts hold the whole report" : `[the whole report](${link})`;
  const left = (count: number): string => `_${count} more: ${where}._\n`;
  const frames = sections.reduce((sum, { open, close }) => sum + open.length + close.length + left(9999).length + 4, 0);
  // Each environment may take an equal share, so that a long one does not hide the others.
  const share = Math.floor((limit - head.length - frames) / Math.max(1, sections.length));
  const told = sections.map(({ open, parts, close }) => {
    const kept: string[] = [];
    let length = 0;
    for (const part of parts) {
      length += part.length + 1;
      if (length > share) break;
      kept.push(part);
    }
    const more = parts.length - kept.length;
    return [open, ...kept, ...(more === 0 ? [] : [left(more)]), close].join("\n");
  });
  return `${[head, ...told].join("\n")}\n`;
}

function summary({ environments, purpose }: Report): string[] {
  const rows = environments.map((environment) => {
    const cells = [environment.name, countsText(environment)];
    if (purpose === "change")
      cells.push(isChanged(environment) ? `${marks[environment.risk]} ${environment.risk}` : "");
    return `| ${cells.map(escaped).join(" | ")} |`;
  });
  return purpose === "change"
    ? ["| environment | what happens | worst |", "|---|---|---|", ...rows]
    : ["| environments | differences |", "|---|---|", ...rows];
}

function isChanged({ changes, engineOnly }: EnvironmentReport): boolean {
  return changes.length + engineOnly.length > 0;
}

function verdict(report: Report): string[] {
  const text = verdictText(report);
  const used = risks.filter((risk) => report.environments.some((each) => isChanged(each) && contains(each, risk)));
  const legend = used.filter((risk) => risk !== "safe").map((risk) => `${marks[risk]} ${risk}: ${riskMeanings[risk]}`);
  return [
    ...(text === "" ? [] : [`${report.passed ? "✅" : "⛔"} **${text}**`, ""]),
    ...approvalHints(report).map((hint) => `- ${hint}`),
    ...(report.purpose === "comparison" || legend.length === 0 ? [] : ["", `<sub>${legend.join("<br>")}</sub>`, ""]),
  ];
}

function contains({ changes, engineOnly }: EnvironmentReport, risk: Risk): boolean {
  return [...changes, ...engineOnly].some(({ findings }) => findings.some((finding) => finding.risk === risk));
}

function sectionParts({ names, groups, engineOnly, notes }: Section, report: Report): ToldSection {
  const counts = report.environments.find(({ name }) => name === names[0]);
  const title = `${names.join(", ")}: ${counts === undefined ? "" : countsText(counts)}`;
  return {
    open: `<details><summary><b>${html(title)}</b></summary>\n`,
    parts: [
      ...notes.map((note) => `${escaped(note)}\n`),
      ...groups.map((group) => groupPart(group, report)),
      ...engineOnly.map(enginePart),
    ],
    close: "</details>\n",
  };
}

function groupPart(group: Group, { purpose }: Report): string {
  const mark = purpose === "change" ? `${marks[group.risk]} ${group.risk} · ` : "";
  const objects = groupObjects(group);
  const shown = group.fields.filter(({ follows }) => follows === undefined);
  const follows = group.fields.filter((field) => field.follows !== undefined).map(({ path }) => pathLabel(path));
  const lines = shown.flatMap(fieldLines);
  return [
    `#### ${mark}${escaped(groupTitle(group))}`,
    ...(objects === "" ? [] : ["", escaped(objects)]),
    ...(lines.length === 0 ? [] : ["", ...fenced(lines)]),
    ...(follows.length === 0 ? [] : ["", `and with it ${follows.map(code).join(", ")}`]),
    ...(group.findings.length === 0 ? [] : ["", ...group.findings.map(findingLine)]),
    "",
  ].join("\n");
}

function fieldLines(field: ReportedField): string[] {
  const label = pathLabel(field.path);
  if (field.lines !== undefined) return [`  ${label}`, ...field.lines];
  const [before, after] = [oneLine(valueText(field.before)), oneLine(valueText(field.after))];
  switch (field.operation) {
    case "add":
      return [`+ ${label}: ${after}`];
    case "remove":
      return [`- ${label}: ${before}`];
    case "order":
      return [`! ${label}: ${fieldText(field)}`];
    case "replace":
      return before === "" && after === "" ? [`! ${label}`] : [`- ${label}: ${before}`, `+ ${label}: ${after}`];
  }
}

function oneLine(text: string): string {
  return text.replaceAll("\n", "⏎");
}

function findingLine({ rule, reason, source, paths, approved }: ReportedFinding): string {
  const about = paths.every((path) => /^[A-Z]/.test(path)) && paths.length > 0 ? `${paths.join(", ")}: ` : "";
  const link = source.startsWith("http") ? `[\`${rule}\`](${source})` : `\`${rule}\``;
  return `- ${escaped(about + reason)} ${link}${approved ? " ✅ approved" : ""}`;
}

function enginePart(each: EngineOnly): string {
  const { unknown, risk, findings } = each;
  return [
    `#### ${marks[risk]} ${risk} · ${escaped(engineTitle(each))}`,
    ...(unknown.length === 0 ? [] : ["", `known only when it is applied: ${unknown.map(code).join(", ")}`]),
    "",
    ...findings.map(findingLine),
    "",
  ].join("\n");
}

/** A block that no line of its content can end. */
function fenced(lines: readonly string[]): string[] {
  const longest = Math.max(2, ...lines.flatMap((line) => [...line.matchAll(/`+/g)].map(([ticks]) => ticks.length)));
  const fence = "`".repeat(longest + 1);
  return [`${fence}diff`, ...lines, fence];
}

function code(text: string): string {
  return text.includes("`") ? `\`\` ${text} \`\`` : `\`${text}\``;
}

/** Text in which nothing is markup: names and values come from whoever wrote the change. */
function escaped(text: string): string {
  return html(text).replace(/[\\`*_{}[\]|#~@!$]/g, (character) => `\\${character}`);
}

function html(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
