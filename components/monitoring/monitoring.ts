import type { Team } from "../../catalogue/service.ts";
import type { Dashboard } from "./dashboard.ts";

/** The same sentence for both audiences. `{{ $labels.x }}` and `{{ $value }}` are Prometheus' template language. */
export interface Bilingual {
  readonly en: string;
  readonly zh: string;
}

/** `critical` wakes somebody, `warning` is read in working hours, `info` is only shown. */
export const severities = ["critical", "warning", "info"] as const;
export type Severity = (typeof severities)[number];

/** Who is woken: a team, or `owner` where the series carry the team of the service that they are about. */
export type AlertTeam = Team | "platform" | "owner";

/** Something that people must know of, owned by the component that it watches. `docs/runbooks/<name>.md` says what to do. */
export interface Alert {
  /** Unique in the platform, in CamelCase. */
  readonly name: string;
  readonly expr: string;
  /** How long the expression must hold, as Prometheus writes durations: `2m`. */
  readonly for: string;
  /** How long it goes on after the expression no longer holds: what flaps is reported once. */
  readonly keepFiringFor?: string;
  readonly severity: Severity;
  readonly team: AlertTeam;
  readonly summary: Bilingual;
  readonly description: Bilingual;
  /** `uid` of the dashboard that shows it. */
  readonly dashboard: string;
  /** Silent while one of these fires for the same `equal` labels: the cause is reported, not its symptoms. */
  readonly inhibitedBy?: readonly { readonly alert: string; readonly equal: readonly string[] }[];
}

/** A series computed at every evaluation. */
export interface Recording {
  /** `suoke:<what>:<how>`. */
  readonly record: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Rules evaluated one after the other. */
export interface RuleGroup {
  readonly name: string;
  /** Evaluation interval; Prometheus' own (15 s) unless given. */
  readonly interval?: string;
  readonly recordings: readonly Recording[];
  readonly alerts: readonly Alert[];
}

/** Metrics that somebody exposes: rules and dashboards may use these and no others. */
export interface Exposed {
  /** Who exposes them, with the version that the names were read in. */
  readonly by: string;
  readonly metrics: readonly string[];
}

/** An exporter that is asked about others: `<exporter><path>?target=<target>`. */
export interface MultiTarget {
  /** The exporter's app label. */
  readonly exporter: string;
  readonly port: number;
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  /** What it is asked about; becomes the label `instance`. */
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** How often; Prometheus' own interval unless given. */
  readonly interval?: string;
}

/** How one system is watched: the whole of it in one file of data, `components/<system>/monitoring.ts`. */
export interface Monitoring {
  readonly system: string;
  readonly exposed: readonly Exposed[];
  readonly groups: readonly RuleGroup[];
  readonly dashboards: readonly Dashboard[];
  readonly multiTargets?: readonly MultiTarget[];
}

/** Every alert of some systems. */
export function alertsOf(systems: readonly Monitoring[]): Alert[] {
  return systems.flatMap(({ groups }) => groups.flatMap(({ alerts }) => alerts));
}

/** Every recording of some systems. */
export function recordingsOf(systems: readonly Monitoring[]): Recording[] {
  return systems.flatMap(({ groups }) => groups.flatMap(({ recordings }) => recordings));
}
