import type { Bilingual } from "./monitoring.ts";

/** Units as Grafana names them. */
export type Unit =
  | "bytes"
  | "Bps"
  | "percentunit"
  | "reqps"
  | "ops"
  | "s"
  | "short"
  | "none"
  | "bool_on_off"
  | "dateTimeAsIso"
  | "dateTimeFromNow";

export interface Query {
  readonly expr: string;
  /** Grafana's legend, such as `{{service}}`. */
  readonly legend: string;
}

export interface Panel {
  readonly title: string;
  readonly kind: "timeseries" | "stat" | "table" | "state-timeline" | "nodeGraph";
  readonly unit: Unit;
  /** What one sees and when it is bad. */
  readonly description: Bilingual;
  readonly queries: readonly Query[];
  /** Columns of 24. */
  readonly width: 6 | 8 | 12 | 24;
  /** From here on the value is bad; `below` means up to here. Drawn as a line or colour. */
  readonly threshold?: { readonly at: number; readonly bad: "above" | "below" };
}

/** How a panel is drawn, and from where on its value is bad. */
export type Drawing = { readonly width: Panel["width"]; readonly kind?: Panel["kind"] } & (
  | { readonly above?: never; readonly below?: never }
  | { readonly above: number; readonly below?: never }
  | { readonly above?: never; readonly below: number }
);

/**
 * A panel, drawn over time unless told otherwise.
 * @param says what one sees and when it is bad, in English and Chinese
 * @param shows expressions by the legend of their lines; a list where lines have none
 */
export function panel(
  title: string,
  unit: Unit,
  says: readonly [en: string, zh: string],
  shows: Readonly<Record<string, string>> | readonly string[],
  { width, kind = "timeseries", above, below }: Drawing,
): Panel {
  const [at, bad] = above === undefined ? ([below, "below"] as const) : ([above, "above"] as const);
  return {
    title,
    kind,
    unit,
    description: { en: says[0], zh: says[1] },
    queries: isList(shows)
      ? shows.map((expr) => ({ expr, legend: "" }))
      : Object.entries(shows).map(([legend, expr]) => ({ expr, legend })),
    width,
    ...(at === undefined ? {} : { threshold: { at, bad } }),
  };
}

/** `Array.isArray` does not tell a list that may not be changed from a record. */
function isList(shows: Readonly<Record<string, string>> | readonly string[]): shows is readonly string[] {
  return Array.isArray(shows);
}

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** A dashboard as data. Panels flow from left to right and from top to bottom, so that none can overlap another. */
export interface Dashboard {
  /** Part of its address; alerts link to it. */
  readonly uid: string;
  readonly title: string;
  /** Whether one chooses services in it: queries then say `service=~"$service"`. */
  readonly services: boolean;
  readonly rows: readonly Row[];
}

/** Rows of Grafana's grid that a panel takes. */
export const panelHeight = { timeseries: 8, stat: 4, table: 8, "state-timeline": 8, nodeGraph: 14 } as const;

/** Where a panel stands in Grafana's grid of 24 columns. */
export interface Place {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/** The place of every row heading and panel, in order. */
export function layout({ rows }: Dashboard): { readonly rows: readonly Place[]; readonly panels: readonly Place[] } {
  const headings: Place[] = [];
  const panels: Place[] = [];
  let y = 0;
  for (const row of rows) {
    headings.push({ x: 0, y, w: 24, h: 1 });
    y += 1;
    let x = 0;
    let tallest = 0;
    for (const { width, kind } of row.panels) {
      const h = panelHeight[kind];
      if (x + width > 24) {
        y += tallest;
        x = 0;
        tallest = 0;
      }
      panels.push({ x, y, w: width, h });
      x += width;
      tallest = Math.max(tallest, h);
    }
    y += tallest;
  }
  return { rows: headings, panels };
}
