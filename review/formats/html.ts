import type { Group } from "../fold.ts";
import { foldChanges } from "../fold.ts";
import type { EnvironmentReport, Report, ReportedField, ReportedFinding } from "../report.ts";
import type { Risk } from "../risk.ts";
import { riskMeanings, risks } from "../risk.ts";
import { script, styles } from "./html-assets.ts";
import {
  approvalHints,
  countsText,
  directionText,
  engineTitle,
  fieldText,
  groupObjects,
  groupTitle,
  pathLabel,
  signs,
  verdictText,
} from "./text.ts";

/** Colours of the classes, also of the boxes in the picture. */
export const riskColours: Readonly<Record<Risk, string>> = {
  "data-loss": "#f6b8b3",
  replacement: "#f8cdb6",
  "traffic-interruption": "#fbe3a4",
  "security-weakening": "#dcc9f3",
  restart: "#c5ddf6",
  safe: "#cfebcb",
};

/**
 * A report as one file that needs nothing else: a summary, filters, what changes, and the services coloured by what
 * happens to them.
 * @param picture the dependency picture as SVG, of which nothing is escaped
 */
export function toHtml(report: Report, picture = ""): string {
  const title = `${report.purpose === "comparison" ? "Differences" : "Changes"}: ${directionText(report)}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<title>${html(title)}</title>
<style>${styles}${risks.map((risk) => `.${risk}{background:${riskColours[risk]}}`).join("")}</style>
</head>
<body>
<header>
<h1>${html(title)}</h1>
${verdict(report)}
${summary(report)}
</header>
${filters(report)}
<main>
${report.environments.map((environment) => section(environment, report)).join("\n")}
<p id="none" hidden>Nothing fits these filters.</p>
</main>
${picture === "" ? "" : `<section><h2>Who calls whom, coloured by the worst that happens</h2><figure id="picture">${picture.replace(/^[\s\S]*?<svg/, "<svg")}</figure></section>`}
<footer>${risks.map((risk) => `<div><span class="risk ${risk}">${risk}</span> ${html(riskMeanings[risk])}</div>`).join("")}</footer>
<script>${script}</script>
</body>
</html>
`;
}

function verdict(report: Report): string {
  const text = verdictText(report);
  if (text === "") return "";
  const hints = approvalHints(report).map((hint) => `<li>${html(hint)}</li>`);
  return `<p class="verdict ${report.passed ? "passed" : "failed"}">${html(text)}</p>${hints.length === 0 ? "" : `<ul>${hints.join("")}</ul>`}`;
}

function summary({ environments, purpose }: Report): string {
  const rows = environments.map((environment) => {
    const { name, changes, engineOnly } = environment;
    const classes = purpose === "change" ? countsByRisk([...changes, ...engineOnly]) : "";
    return `<tr><td>${html(name)}</td><td>${html(countsText(environment))}</td><td>${classes}</td></tr>`;
  });
  const last = purpose === "change" ? "of which" : "";
  return `<table class="summary"><thead><tr><th>environment</th><th>what happens</th><th>${last}</th></tr></thead><tbody>${rows.join("")}</tbody></table>`;
}

/** How many changes are of each class, the worst first. */
function countsByRisk(changes: readonly { readonly risk: Risk }[]): string {
  return risks
    .map((risk) => ({ risk, count: changes.filter((change) => change.risk === risk).length }))
    .filter(({ count }) => count > 0)
    .map(({ risk, count }) => `<span class="risk ${risk}"><b>${count}</b> ${risk}</span>`)
    .join("");
}

function filters({ environments, purpose }: Report): string {
  const box = (name: string, value: string, label: string): string =>
    `<label><input type="checkbox" name="${name}" value="${html(value)}" checked> ${label}</label>`;
  const classes =
    purpose === "change"
      ? `<fieldset><legend>class</legend>${risks.map((risk) => box("risk", risk, `<span class="risk ${risk}">${risk}</span>`)).join("")}</fieldset>`
      : "";
  const names = environments.map(({ name }) => box("environment", name, html(name))).join("");
  return `<form id="filters">${classes}<fieldset><legend>environment</legend>${names}</fieldset><label>text <input type="search" id="text" placeholder="name, field or rule"></label></form>`;
}

function section({ name, changes, engineOnly, notes, counts }: EnvironmentReport, { purpose }: Report): string {
  const groups = foldChanges({ changes });
  const articles = [
    ...groups.map((group) => article(group, name, purpose)),
    ...engineOnly.map((each) =>
      block(name, purpose, each.risk, engineTitle(each), [
        ...(each.unknown.length === 0
          ? []
          : [`<p>known only when it is applied: ${html(each.unknown.join(", "))}</p>`]),
        findingList(each.findings),
      ]),
    ),
  ];
  if (articles.length + notes.length === 0) return "";
  return [
    `<section data-environment="${html(name)}"><h2>${html(name)} <small>${html(countsText({ counts, engineOnly }))}</small></h2>`,
    ...notes.map((note) => `<p class="note">${html(note)}</p>`),
    ...articles,
    "</section>",
  ].join("\n");
}

function article(group: Group, environment: string, purpose: Report["purpose"]): string {
  const objects = groupObjects(group);
  const shown = group.fields.filter(({ follows }) => follows === undefined);
  const follows = group.fields.filter((field) => field.follows !== undefined).map(({ path }) => pathLabel(path));
  return block(environment, purpose, group.risk, groupTitle(group), [
    ...(objects === "" ? [] : [`<p>${html(objects)}</p>`]),
    ...(shown.length === 0 ? [] : [`<table class="fields">${shown.map(fieldRow).join("")}</table>`]),
    ...(follows.length === 0 ? [] : [`<p class="note">and with it ${html(follows.join(", "))}</p>`]),
    findingList(group.findings),
  ]);
}

function block(
  environment: string,
  purpose: Report["purpose"],
  risk: Risk,
  title: string,
  content: readonly string[],
): string {
  const mark = purpose === "change" ? `<span class="risk ${risk}">${risk}</span> ` : "";
  const open = purpose === "comparison" || risk !== "safe" ? " open" : "";
  return `<details data-risk="${risk}" data-environment="${html(environment)}"${open}><summary>${mark}${html(title)}</summary>${content.join("")}</details>`;
}

function fieldRow(field: ReportedField): string {
  const value =
    field.lines === undefined
      ? html(fieldText(field))
      : `<pre>${field.lines.map((line) => `<span class="${lineClass(line)}">${html(line)}</span>`).join("\n")}</pre>`;
  return `<tr class="${field.operation}"><td>${signs[field.operation]}</td><td>${html(pathLabel(field.path))}</td><td>${value}</td></tr>`;
}

function lineClass(line: string): string {
  return line.startsWith("+") ? "added" : line.startsWith("-") ? "removed" : line.startsWith("@@") ? "note" : "";
}

function findingList(findings: readonly ReportedFinding[]): string {
  if (findings.length === 0) return "";
  const items = findings.map(({ rule, risk, reason, source, paths, approved }) => {
    const about = paths.every((path) => /^[A-Z]/.test(path)) && paths.length > 0 ? `${paths.join(", ")}: ` : "";
    const link = `<a href="${html(source)}" rel="noreferrer">${html(rule)}</a>`;
    return `<li class="finding"><span class="risk ${risk}">${risk}</span> ${html(about + reason)} ${link}${approved ? " (approved)" : ""}</li>`;
  });
  return `<ul>${items.join("")}</ul>`;
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function html(text: string): string {
  return text.replace(/[&<>"']/g, (each) => entities[each] ?? "");
}
