import type { Alert, Monitoring, Recording } from "../monitoring/monitoring.ts";

/** Where people find what an alert links to. */
export interface Links {
  /** Address of Grafana, without a slash at its end. */
  readonly grafana: string;
  /** Folder of the runbooks, likewise. */
  readonly runbooks: string;
}

/** `suoke_life_rules.yml`: the groups of all systems. */
export function rules(systems: readonly Monitoring[], links: Links): object {
  return {
    groups: systems.flatMap(({ groups }) =>
      groups.map(({ name, interval, recordings, alerts }) => ({
        name,
        ...(interval === undefined ? {} : { interval }),
        rules: [...recordings.map(recording), ...alerts.map((alert) => alertRule(alert, links))],
      })),
    ),
  };
}

function recording({ record, expr, labels }: Recording): object {
  return { record, expr, ...(labels === undefined ? {} : { labels: { ...labels } }) };
}

function alertRule(alert: Alert, { grafana, runbooks }: Links): object {
  const service = 'var-service={{ or $labels.service "$__all" }}';
  return {
    alert: alert.name,
    expr: alert.expr,
    for: alert.for,
    ...(alert.keepFiringFor === undefined ? {} : { keep_firing_for: alert.keepFiringFor }),
    labels: {
      severity: alert.severity,
      // The team of a service comes with its series.
      ...(alert.team === "owner" ? {} : { team: alert.team }),
    },
    annotations: {
      summary: alert.summary.zh,
      summary_en: alert.summary.en,
      description: alert.description.zh,
      description_en: alert.description.en,
      runbook_url: `${runbooks}/${alert.name}.md`,
      dashboard_url: `${grafana}/d/${alert.dashboard}?${service}`,
      // The first question is what changed last.
      changes_url: `${grafana}/d/suoke-changes?${service}`,
    },
  };
}
