import type { Component } from "../kubernetes/manifest.ts";
import { objectsOf } from "../kubernetes/manifest.ts";
import { compare } from "../kubernetes/names.ts";

/** What a picture shows of a panel, as Grafana reads it. */
interface Panel {
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly fieldConfig?: {
    readonly defaults: { readonly unit: string; readonly thresholds?: { readonly steps: readonly Step[] } };
  };
}

/** From this value on a panel has this colour. */
interface Step {
  readonly color: string;
  readonly value: number | null;
}

export interface ProvisionedDashboard {
  readonly uid: string;
  readonly title: string;
  readonly templating: { readonly list: readonly { readonly label: string }[] };
  readonly panels: readonly Panel[];
}

/** Pixels of a column and of a line of Grafana's grid. */
const column = 40;
const line = 22;
const margin = 6;
/** Room above the first panel for the title and the variables. */
const head = 34;

/** The dashboards that an environment provisions, by their address. */
export function provisionedDashboards(components: readonly Component[]): ProvisionedDashboard[] {
  return objectsOf(components.filter(({ name }) => name === "grafana"))
    .flatMap((object) => (object.kind === "ConfigMap" ? Object.entries(object.data ?? {}) : []))
    .filter(([file]) => file.endsWith(".json"))
    .map(([, text]) => JSON.parse(text) as ProvisionedDashboard)
    .sort((one, other) => compare(one.uid, other.uid));
}

/** The layout of a dashboard as SVG: each panel in its place, with its kind sketched, its unit and its threshold. No data. */
export function dashboardPicture({ title, templating, panels }: ProvisionedDashboard): string {
  const bottom = Math.max(...panels.map(({ gridPos: { y, h } }) => y + h));
  const [width, height] = [24 * column, head + bottom * line + margin];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="Helvetica,Arial,sans-serif">`,
    `<rect width="${width}" height="${height}" fill="#f5f7fa"/>`,
    text({ x: margin, y: 22, size: 16, weight: "bold" }, title),
    text(
      { x: width - margin, y: 22, size: 12, fill: "#54616e", anchor: "end" },
      templating.list.map(({ label }) => `${label} ▾`).join("   "),
    ),
    ...panels.map(panelPicture),
    "</svg>",
    "",
  ].join("\n");
}

/** All of them on one page. */
export function dashboardsPage(dashboards: readonly ProvisionedDashboard[]): string {
  return [
    "# Dashboards",
    "",
    "Generated from what Grafana is provisioned with in prod: the layout, without data. Red is where a value is bad.",
    "",
    ...dashboards.flatMap(({ uid, title }) => [
      `## ${title}`,
      "",
      `\`/d/${uid}\``,
      "",
      `![${title}](dashboards/${uid}.svg)`,
      "",
    ]),
  ].join("\n");
}

function panelPicture(panel: Panel): string {
  const { type, title, description = "", gridPos, fieldConfig } = panel;
  const [x, y, w, h] = [gridPos.x * column, head + gridPos.y * line, gridPos.w * column, gridPos.h * line];
  if (type === "row")
    return text({ x: x + margin, y: y + 16, size: 13, weight: "bold", fill: "#54616e" }, `▾ ${title}`);
  const steps = fieldConfig?.defaults.thresholds?.steps;
  const limit = steps?.find(({ value }) => value !== null)?.value;
  const bad = steps?.[0]?.color === "red" ? "below" : "above";
  const unit = fieldConfig?.defaults.unit ?? "";
  const area = { x: x + 2 * margin, y: y + 30, w: w - 4 * margin, h: h - 30 - 2 * margin };
  return [
    "<g>",
    `<title>${escape(description)}</title>`,
    `<rect x="${x + margin / 2}" y="${y + margin / 2}" width="${w - margin}" height="${h - margin}" rx="4" fill="#ffffff" stroke="#c3ccd5"/>`,
    text({ x: x + 2 * margin, y: y + 20, size: 12 }, title),
    text({ x: x + w - 2 * margin, y: y + 20, size: 10, fill: "#8a949e", anchor: "end" }, unit),
    sketch(type, area),
    ...(limit === undefined || limit === null ? [] : [threshold(area, bad, limit, type)]),
    "</g>",
  ].join("\n");
}

interface Area {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/** Heights of a line that stands for any, as shares of the panel. */
const curve = [0.7, 0.62, 0.66, 0.5, 0.58, 0.45, 0.55, 0.6, 0.48, 0.56];

function sketch(type: string, { x, y, w, h }: Area): string {
  const stroke = 'stroke="#7aa6d6" stroke-width="1.5" fill="none"';
  const bar = (from: number, to: number, row: number, fill: string): string =>
    `<rect x="${round(x + from * w)}" y="${round(y + row * h)}" width="${round((to - from) * w)}" height="${round(h / 6)}" fill="${fill}"/>`;
  switch (type) {
    case "timeseries": {
      const points = curve.map(
        (share, index) => `${round(x + (index * w) / (curve.length - 1))},${round(y + share * h)}`,
      );
      return `<polyline points="${points.join(" ")}" ${stroke}/>`;
    }
    case "stat":
      return `<rect x="${x}" y="${y}" width="${w}" height="${h}" rx="3" fill="#dbe9f6"/>`;
    case "state-timeline":
      return [0.1, 0.4, 0.7]
        .flatMap((row, index) => [
          bar(0, 0.3 + 0.2 * index, row, "#dbe9f6"),
          bar(0.32 + 0.2 * index, 1, row, "#a9c8e8"),
        ])
        .join("");
    case "table":
      return [0, 0.2, 0.4, 0.6, 0.8]
        .map((row, index) => bar(0, 1, row, index % 2 === 0 ? "#eef2f6" : "#ffffff"))
        .join("");
    case "nodeGraph": {
      const at = [0.2, 0.5, 0.8].map((share) => round(x + share * w));
      const middle = round(y + h / 2);
      const nodes = at.map((cx) => `<circle cx="${cx}" cy="${middle}" r="18" ${stroke}/>`);
      const edges = at.slice(1).map((to, index) => {
        const from = at[index] ?? to;
        return `<line x1="${from + 18}" y1="${middle}" x2="${to - 18}" y2="${middle}" ${stroke}/>`;
      });
      return [...nodes, ...edges].join("");
    }
    default:
      throw new Error(`The panel kind "${type}" has no sketch. Add one to review/dashboard-pictures.ts.`);
  }
}

/** A line over time, a word elsewhere: from where on a value is bad. */
function threshold({ x, y, w, h }: Area, bad: "above" | "below", at: number, type: string): string {
  const height = round(y + h * (bad === "above" ? 0.25 : 0.85));
  const words = text(
    { x: x + w, y: height - 4, size: 10, fill: "#c4162a", anchor: "end" },
    `${bad === "above" ? ">" : "<"} ${at}`,
  );
  return type === "timeseries"
    ? `<line x1="${x}" y1="${height}" x2="${x + w}" y2="${height}" stroke="#c4162a" stroke-dasharray="5 3"/>${words}`
    : words;
}

interface Style {
  readonly x: number;
  readonly y: number;
  readonly size: number;
  readonly weight?: "bold";
  readonly fill?: string;
  readonly anchor?: "end";
}

function text({ x, y, size, weight, fill = "#24292f", anchor }: Style, words: string): string {
  const more = [weight && `font-weight="${weight}"`, anchor && `text-anchor="${anchor}"`].filter(Boolean).join(" ");
  return `<text x="${x}" y="${y}" font-size="${size}" fill="${fill}" ${more}>${escape(words)}</text>`.replace(
    " >",
    ">",
  );
}

function escape(words: string): string {
  return words.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
