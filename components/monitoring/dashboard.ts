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
