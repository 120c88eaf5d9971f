import type { Alert } from "../monitoring/monitoring.ts";
import type { Receiver } from "./receivers.ts";
import { deadMansSwitch, receiver, receiversFolder } from "./receivers.ts";

/** Who is told, as `Pulumi.<env>.yaml` says. */
export interface Notifications {
  readonly receivers: Readonly<Record<string, Receiver>>;
  /** Names of the receivers that what is urgent goes to, at any hour. */
  readonly critical: readonly string[];
  /** Names of the receivers that are told in working hours. */
  readonly warning: readonly string[];
  /** Teams with receivers of their own, in place of the above. */
  readonly teams: Readonly<
    Record<string, { readonly critical: readonly string[]; readonly warning: readonly string[] }>
  >;
  /** Whether something outside expects to hear from us all the time, and calls somebody when it does not. */
  readonly deadMansSwitch: boolean;
}

/** Where the configuration and the templates are mounted. */
export const configFolder = "/etc/alertmanager/config";
export const configFile = "alertmanager.yml";
export const templatesFile = "suoke.tmpl";

const nobody = "nobody";
const workingHours = "working-hours";

/**
 * `alertmanager.yml`. Routes go by severity and team; of one cause only one notification arrives, and what is not urgent
 * waits for the morning.
 */
export function alertmanagerConfig(
  notifications: Notifications,
  alerts: readonly Alert[],
  environment: string,
): object {
  const { critical, warning, teams } = notifications;
  const route = (severity: string, to: readonly string[], matchers: readonly string[]): object[] =>
    to.map((name, index) => ({
      receiver: name,
      matchers: [`severity="${severity}"`, ...matchers],
      // All of them are told; the last one ends it.
      continue: index < to.length - 1,
      ...(severity === "critical" ? urgent : patient),
    }));
  const own = Object.entries(teams)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([team, to]) => [
      ...route("critical", to.critical, [`team="${team}"`]),
      ...route("warning", to.warning, [`team="${team}"`]),
    ]);
  return {
    global: { resolve_timeout: "5m" },
    templates: [`${configFolder}/${templatesFile}`],
    route: {
      // Said aloud: what no route takes is shown and sent to nobody.
      receiver: nobody,
      // One notification per kind of trouble and service, however many pods report it.
      group_by: ["environment", "alertname", "service"],
      group_wait: "30s",
      group_interval: "5m",
      repeat_interval: "12h",
      routes: [
        // Another environment's alerts are not ours to tell.
        { receiver: nobody, matchers: [`environment!="${environment}"`] },
        ...(notifications.deadMansSwitch
          ? [
              {
                receiver: deadMansSwitch,
                matchers: ['alertname="Watchdog"'],
                group_wait: "0s",
                group_interval: "1m",
                repeat_interval: "50s",
              },
            ]
          : [{ receiver: nobody, matchers: ['alertname="Watchdog"'] }]),
        ...own,
        ...route("critical", critical, []),
        ...route("warning", warning, []),
      ],
    },
    time_intervals: [
      {
        name: workingHours,
        time_intervals: [
          {
            weekdays: ["monday:friday"],
            times: [{ start_time: "09:00", end_time: "21:00" }],
            location: "Asia/Shanghai",
          },
        ],
      },
    ],
    inhibit_rules: inhibitions(alerts),
    receivers: [
      { name: nobody },
      ...Object.entries(notifications.receivers)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, to]) => receiver(name, to)),
      ...(notifications.deadMansSwitch
        ? [
            {
              name: deadMansSwitch,
              webhook_configs: [{ url_file: `${receiversFolder}/${deadMansSwitch}`, send_resolved: false }],
            },
          ]
        : []),
    ],
  };
}

const urgent = { group_wait: "10s", repeat_interval: "1h" };
const patient = { active_time_intervals: [workingHours] };

/** Symptoms are silent while their cause is reported; and of one alert in two severities the worse is. */
function inhibitions(alerts: readonly Alert[]): object[] {
  const causes = alerts.flatMap(({ name, inhibitedBy = [] }) =>
    inhibitedBy.map(({ alert, equal }) => ({ symptom: name, alert, equal })),
  );
  const groups = Map.groupBy(causes, ({ alert, equal }) => `${alert} ${equal.join(" ")}`);
  return [...groups.values()].map((same) => ({
    source_matchers: [`alertname="${same[0]?.alert ?? ""}"`],
    target_matchers: [`alertname=~"${same.map(({ symptom }) => symptom).join("|")}"`],
    equal: [...(same[0]?.equal ?? [])],
  }));
}
