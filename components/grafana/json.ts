import type { Dashboard, Panel, Place, Query } from "../monitoring/dashboard.ts";
import { layout } from "../monitoring/dashboard.ts";

/** Grafana's dashboard format of this version: https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/ */
const schemaVersion = 41;

/** Every panel asks the data source that the variable names: one Grafana may look at several environments. */
const datasource = { type: "prometheus", uid: "${environment}" };

/** A dashboard as Grafana's provisioning reads it. */
export function dashboardJson(dashboard: Dashboard): object {
  const places = layout(dashboard);
  let next = 0;
  const panels = dashboard.rows.flatMap((row, index) => [
    heading(row.title, index + 1000, places.rows[index]),
    ...row.panels.map((panel) => {
      const place = places.panels[next];
      next += 1;
      return panelJson(panel, next, place);
    }),
  ]);
  return {
    uid: dashboard.uid,
    title: dashboard.title,
    tags: ["suoke-life"],
    schemaVersion,
    version: 1,
    // Changed here, not in Grafana: what is clicked together there is gone with its pod.
    editable: false,
    graphTooltip: 1,
    timezone: "browser",
    refresh: "30s",
    time: { from: "now-6h", to: "now" },
    templating: { list: [environmentVariable, ...(dashboard.services ? [serviceVariable] : [])] },
    annotations: { list: marks.map(annotation) },
    links: [
      {
        title: "索克生活 Suoke Life",
        type: "dashboards",
        tags: ["suoke-life"],
        asDropdown: true,
        includeVars: true,
        keepTime: true,
        targetBlank: false,
        icon: "external link",
        tooltip: "",
      },
    ],
    panels,
  };
}

const environmentVariable = {
  name: "environment",
  label: "环境 Environment",
  type: "datasource",
  query: "prometheus",
  refresh: 1,
  includeAll: false,
  multi: false,
};

const serviceVariable = {
  name: "service",
  label: "服务 Service",
  type: "query",
  datasource,
  query: { query: "label_values(suoke:service:expected, service)", refId: "services" },
  refresh: 2,
  sort: 1,
  includeAll: true,
  multi: true,
  current: { text: "All", value: "$__all" },
};

/** Marks on every dashboard: what else changed when a line changes. */
interface Mark {
  readonly name: string;
  readonly expr: string;
  readonly iconColor: string;
  /** Grafana fills in the labels. */
  readonly title: string;
  readonly text: string;
  /** Labels that one can search marks by. */
  readonly tags: readonly string[];
}

const shares = (offset: string): string =>
  `count_values by (service, track) ("percent", suoke:rollout:percent${offset})`;

export const marks: readonly Mark[] = [
  {
    name: "发布 Rollouts",
    // A version or track of a service that was not there two minutes ago.
    expr:
      'count by (service, version, track) (up{job="suoke-life-services"}) ' +
      'unless count by (service, version, track) (up{job="suoke-life-services"} offset 2m)',
    iconColor: "purple",
    title: "{{service}} {{version}}",
    text: "{{track}}",
    tags: ["service", "version"],
  },
  {
    name: "流量 Traffic",
    // A track that gets another share than two minutes ago, of a service that was known then: a step of a canary, a flip.
    expr: `${shares("")} unless ${shares(" offset 2m")} and on (service) suoke:rollout:percent offset 2m`,
    iconColor: "orange",
    title: "{{service}} {{track}} {{percent}} %",
    text: "",
    tags: ["service", "track"],
  },
];

function annotation({ name, expr, iconColor, title, text, tags }: Mark): object {
  return {
    name,
    enable: true,
    iconColor,
    datasource,
    expr,
    step: "60s",
    titleFormat: title,
    textFormat: text,
    tagKeys: tags.join(","),
  };
}

function heading(title: string, id: number, gridPos: Place | undefined): object {
  return { type: "row", id, title, collapsed: false, gridPos, panels: [] };
}

function panelJson(panel: Panel, id: number, gridPos: Place | undefined): object {
  const { title, kind, unit, description, queries, threshold } = panel;
  return {
    id,
    type: kind,
    title,
    description: `${description.zh}\n\n${description.en}`,
    datasource,
    gridPos,
    targets: queries.map((query, index) => target(query, index, kind)),
    fieldConfig: {
      defaults: {
        unit,
        ...(threshold === undefined ? {} : { thresholds: steps(threshold) }),
        ...(kind === "timeseries"
          ? { custom: { fillOpacity: 10, thresholdsStyle: { mode: threshold === undefined ? "off" : "line" } } }
          : {}),
      },
      overrides: [],
    },
    options: options(kind),
    ...(kind === "nodeGraph" ? { transformations: [numberOfNode(queries)] } : {}),
  };
}

/** The column that a graph of nodes shows at each node and edge, from the tables of all queries. */
function numberOfNode(queries: readonly Query[]): object {
  const names = queries.length === 1 ? ["Value"] : queries.map((_, index) => `Value #${refId(index)}`);
  return { id: "organize", options: { renameByName: Object.fromEntries(names.map((name) => [name, "mainstat"])) } };
}

function refId(index: number): string {
  return String.fromCharCode("A".charCodeAt(0) + index);
}

/** Kinds that are made of rows of labels. */
const tables: readonly Panel["kind"][] = ["table", "nodeGraph"];

function target({ expr, legend }: Query, index: number, kind: Panel["kind"]): object {
  return {
    refId: refId(index),
    datasource,
    expr,
    legendFormat: legend,
    ...(kind === "stat" || tables.includes(kind) ? { instant: true, range: false } : {}),
    ...(tables.includes(kind) ? { format: "table" } : {}),
  };
}

function steps({ at, bad }: NonNullable<Panel["threshold"]>): object {
  const [below, above] = bad === "above" ? ["green", "red"] : ["red", "green"];
  return {
    mode: "absolute",
    steps: [
      { color: below, value: null },
      { color: above, value: at },
    ],
  };
}

function options(kind: Panel["kind"]): object {
  switch (kind) {
    case "timeseries":
      return { legend: { displayMode: "list", placement: "bottom" }, tooltip: { mode: "multi", sort: "desc" } };
    case "stat":
      return { reduceOptions: { calcs: ["lastNotNull"] }, colorMode: "background", textMode: "value_and_name" };
    case "state-timeline":
      return { showValue: "never", mergeValues: true };
    case "table":
    case "nodeGraph":
      return {};
  }
}
