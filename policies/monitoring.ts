import type { Notifications } from "../components/alertmanager/config.ts";
import { marks } from "../components/grafana/json.ts";
import type { Objective } from "../components/monitoring/objectives.ts";
import type { Monitoring } from "../components/monitoring/monitoring.ts";
import { alertsOf, recordingsOf } from "../components/monitoring/monitoring.ts";
import { parsePromql } from "../components/monitoring/promql.ts";
import { rulesFile } from "../components/prometheus/config.ts";
import type { Component } from "../kubernetes/manifest.ts";
import { objectsOf } from "../kubernetes/manifest.ts";
import type { DataFinding, RuleOf } from "./ids.ts";
import { suggest } from "./finding.ts";

/** Series that Prometheus makes itself. */
const synthetic = ["ALERTS", "ALERTS_FOR_STATE", "up", "scrape_duration_seconds", "scrape_samples_scraped"];

/** An expression and where it stands. */
interface Used {
  readonly place: string;
  readonly expr: string;
}

/**
 * Rules and dashboards that could never show anything: what is not PromQL, metrics that nobody exposes or records, links
 * that lead nowhere. Prometheus itself would take all of them without a word.
 */
export function monitoringFindings(systems: readonly Monitoring[]): DataFinding[] {
  const alerts = alertsOf(systems);
  const dashboards = systems.flatMap((system) => system.dashboards);
  const known = new Set([
    ...synthetic,
    ...systems.flatMap(({ exposed }) => exposed.flatMap(({ metrics }) => metrics)),
    ...recordingsOf(systems).map(({ record }) => record),
  ]);
  const uids = dashboards.map(({ uid }) => uid);
  const names = alerts.map(({ name }) => name);
  return [
    ...used(systems).flatMap((expression) => expressionFindings(expression, known)),
    ...duplicates(names).map((name) => finding("duplicate", `alert ${name}`, "exists twice.", "Rename one of them.")),
    ...duplicates(uids).map((uid) => finding("duplicate", `dashboard ${uid}`, "exists twice.", "Rename one of them.")),
    ...alerts
      .filter(({ dashboard }) => !uids.includes(dashboard))
      .map(({ name, dashboard }) =>
        finding(
          "dashboard",
          `alert ${name}`,
          `links to a dashboard "${dashboard}" that is not there.`,
          suggest(dashboard, uids),
        ),
      ),
    ...alerts.flatMap(({ name, inhibitedBy = [] }) =>
      inhibitedBy
        .filter(({ alert }) => !names.includes(alert))
        .map(({ alert }) =>
          finding(
            "inhibition",
            `alert ${name}`,
            `is inhibited by "${alert}", which is no alert.`,
            suggest(alert, names),
          ),
        ),
    ),
  ];
}

function used(systems: readonly Monitoring[]): Used[] {
  return [
    ...marks.map(({ name, expr }) => ({ place: `dashboards: marks "${name}"`, expr })),
    ...alertsOf(systems).map(({ name, expr }) => ({ place: `alert ${name}`, expr })),
    ...recordingsOf(systems).map(({ record, expr }) => ({ place: `recording ${record}`, expr })),
    ...systems.flatMap(({ dashboards }) =>
      dashboards.flatMap(({ uid, rows }) =>
        rows.flatMap(({ panels }) =>
          panels.flatMap(({ title, queries }) =>
            queries.map(({ expr }) => ({ place: `dashboard ${uid}, panel "${title}"`, expr })),
          ),
        ),
      ),
    ),
  ];
}

function expressionFindings({ place, expr }: Used, known: ReadonlySet<string>): DataFinding[] {
  const { metrics, error } = parsePromql(expr);
  return [
    ...(error === undefined
      ? []
      : [finding("promql", place, `"${expr}" is not PromQL: near "${error}".`, "Correct the expression.")]),
    ...metrics
      .filter((metric) => !known.has(metric))
      .map((metric) =>
        finding(
          "unknown-metric",
          place,
          `uses ${metric}, which nothing exposes or records.`,
          `${suggest(metric, [...known]).replace(/^Known: .*/, "")} Add it to "exposed" of the system that has it.`.trim(),
        ),
      ),
  ];
}

/** Objectives that cannot be: who promises everything has no budget, and every failure would wake somebody. */
export function objectiveFindings(objectives: readonly Objective[]): DataFinding[] {
  const share = ({ service }: Objective, name: string, value: number, allowed: string): DataFinding =>
    finding("objective", `service ${service}: slo.${name}`, `is ${value}.`, `Give a number ${allowed}.`);
  const between = (value: number): boolean => value > 0 && value < 1;
  return objectives.flatMap((objective) => [
    ...(between(objective.availability)
      ? []
      : [share(objective, "availability", objective.availability, "between 0 and 1, such as 0.999")]),
    ...(between(objective.errorRatio)
      ? []
      : [share(objective, "errorRatio", objective.errorRatio, "between 0 and 1, such as 0.001")]),
    ...(objective.latencyP95Ms > 0
      ? []
      : [share(objective, "latencyP95Ms", objective.latencyP95Ms, "of milliseconds above 0")]),
  ]);
}

/** Routes that lead to nobody. */
export function notificationFindings(
  { receivers, critical, warning, teams }: Notifications,
  { name, mustNotify }: { readonly name: string; readonly mustNotify: boolean },
): DataFinding[] {
  const place = (path: string): string => `Pulumi.${name}.yaml: monitoring.${path}`;
  const known = Object.keys(receivers);
  const routes = [
    { path: "critical", to: critical },
    { path: "warning", to: warning },
    ...Object.entries(teams).flatMap(([team, to]) => [
      { path: `teams.${team}.critical`, to: to.critical },
      { path: `teams.${team}.warning`, to: to.warning },
    ]),
  ];
  return [
    ...routes.flatMap(({ path, to }) =>
      to
        .filter((receiver) => !known.includes(receiver))
        .map((receiver) =>
          finding("unknown-receiver", place(path), `there is no receiver "${receiver}".`, suggest(receiver, known)),
        ),
    ),
    ...(mustNotify && critical.length === 0
      ? [
          finding(
            "nobody-is-told",
            place("critical"),
            "is empty, and this environment must not fail in silence.",
            "Name a receiver.",
          ),
        ]
      : []),
  ];
}

/**
 * Alerts whose reader would not know what to do.
 * @param components rendered, with the rules that Prometheus is given
 * @param runbooks names of the files in docs/runbooks, without .md
 */
export function runbookFindings(components: readonly Component[], runbooks: readonly string[]): DataFinding[] {
  const rules = objectsOf(components).flatMap((object) =>
    object.kind === "ConfigMap" ? (object.data?.[rulesFile] ?? []) : [],
  );
  const names = rules.flatMap((text) => [...text.matchAll(/^ +(?:- )?alert: (\S+)$/gm)].map(([, name = ""]) => name));
  return names
    .filter((name) => !runbooks.includes(name))
    .map((name) =>
      finding(
        "runbook",
        `alert ${name}`,
        "has no runbook.",
        `Write docs/runbooks/${name}.md: meaning, impact, diagnosis, mitigation.`,
      ),
    );
}

function duplicates(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}

function finding(rule: RuleOf<"monitoring">, place: string, problem: string, fix: string): DataFinding {
  return { rule: `monitoring/${rule}`, place, problem, fix };
}
