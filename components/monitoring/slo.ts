import type { BurnRate, Objective, Window } from "./objectives.ts";
import { budgetDays, burnRates, failureBudget, round, slowBudget, windows } from "./objectives.ts";
import type { Alert, Recording, RuleGroup } from "./monitoring.ts";

/** A budget that requests use up. */
interface Budget {
  readonly name: "failures" | "slowness";
  /** Per second, by service: the requests that use it up. */
  readonly bad: string;
}

const budgets: readonly Budget[] = [
  { name: "failures", bad: "suoke:http_failures:rate5m" },
  { name: "slowness", bad: "suoke:http_slow:rate5m" },
];

/** So few bad requests in the long window are chance, however few requests there were. */
const fewest = 10;

/** Evaluations of a minute: shares of time are counted in them. */
const samplesPerMinute = 4;

/** From this window on, values of every 15 s would be millions to read: one in five minutes says the same. */
const firstLong: Window = "6h";

/** How often what long windows read is recorded: as far apart as the rates are long, so that none counts twice. */
const each = "5m";

/**
 * Objectives as series, so that one rule serves all services and a service more is a few series more:
 * what is promised, and whose pods must be there at all.
 */
export function objectiveGroup(objectives: readonly Objective[]): RuleGroup {
  return {
    name: "suoke-objectives",
    alerts: [],
    recordings: objectives.flatMap((objective) => {
      const labels = { service: objective.service, team: objective.team };
      const record = (name: string, value: number): Recording => ({
        record: name,
        expr: `vector(${value})`,
        labels,
      });
      return [
        record("suoke:service:expected", 1),
        record("suoke:failures:budget", failureBudget(objective)),
        record("suoke:slowness:budget", slowBudget),
        record("suoke:latency_objective:seconds", round(objective.latencyP95Ms / 1000)),
      ];
    }),
  };
}

/** What long windows read: of rates over five minutes one each five minutes, which follow upon each other without a gap. */
export function fiveMinutesGroup(): RuleGroup {
  const rates = ["suoke:http_requests:rate5m", ...budgets.map(({ bad }) => bad)];
  return {
    name: "suoke-five-minutes",
    interval: each,
    alerts: [],
    recordings: [
      ...rates.map((rate) => ({ record: eachFiveMinutes(rate), expr: rate })),
      // No moment says of five minutes how much of them a service was down.
      { record: downEachFiveMinutes, expr: `avg_over_time(suoke:service:down[${each}])` },
    ],
  };
}

/** @param rate a series whose name ends in `:rate5m` */
function eachFiveMinutes(rate: string): string {
  return rate.replace(/rate5m$/, "each5m");
}

const downEachFiveMinutes = "suoke:service:down_each5m";

/**
 * How fast each budget burns, over every window that an alert looks at. What changes little in a minute is computed once in a
 * minute.
 */
export function burnGroups(): RuleGroup[] {
  const all = Object.keys(windows) as Window[];
  const group = (name: string, its: readonly Window[]): RuleGroup => ({
    name,
    alerts: [],
    recordings: its.flatMap((window) =>
      budgets.map(({ name: budget, bad }) => ({
        record: `suoke:${budget}:ratio${window}`,
        expr:
          budget === "failures"
            ? `max by (service) (${ratio(bad, window)} or label_replace(${downShare(window)}, "via", "down", "", ""))`
            : ratio(bad, window),
      })),
    ),
  });
  return [
    group(
      "suoke-budgets",
      all.filter((window) => !long(window)),
    ),
    { ...group("suoke-budgets-long", all.filter(long)), interval: "1m" },
  ];
}

function long(window: Window): boolean {
  return windows[window] >= windows[firstLong];
}

/** What is left of the budget, for dashboards and for who decides on releases: 1 is all of it, below 0 is too much. */
export function budgetLeftGroup(): RuleGroup {
  const month = (series: string): string => `sum by (service) (sum_over_time(${series}[${budgetDays}d]))`;
  return {
    name: "suoke-budget-left",
    // A month is much to read, and does not change within minutes. A value is found for five.
    interval: "4m",
    alerts: [],
    recordings: [
      {
        record: "suoke:failures:budget_left",
        expr: `1 - ${month("suoke:http_failures:each5m")} / ${month("suoke:http_requests:each5m")} / on (service) suoke:failures:budget`,
      },
    ],
  };
}

/** Share of bad requests in a window. Averages of recorded rates cost one series per service however long the window is. */
function ratio(bad: string, window: Window): string {
  const all = "suoke:http_requests:rate5m";
  if (window === "5m") return `${bad} / (${all} > 0)`;
  const read = (rate: string): string => `avg_over_time(${long(window) ? eachFiveMinutes(rate) : rate}[${window}])`;
  return `(${read(bad)} >= ${round(fewest / windows[window])}) / ${read(all)}`;
}

/**
 * Share of time in which nothing of a service was there: who cannot ask makes no failed request. It is a share of the whole
 * window, also of one that is not yet full.
 */
function downShare(window: Window): string {
  // However often the values were recorded, it is one each five minutes that is summed up.
  return long(window)
    ? `sum_over_time(${downEachFiveMinutes}[${window}:${each}]) / ${windows[window] / windows[each]}`
    : `sum_over_time(suoke:service:down[${window}]) / ${(windows[window] / 60) * samplesPerMinute}`;
}

/** Alerts of both budgets: what burns fast wakes somebody, what burns slowly is read in working hours. */
export function burnAlerts(): readonly Alert[] {
  const inhibitedBy = [{ alert: "ServiceDown", equal: ["service"] }];
  const common = { team: "owner", dashboard: "suoke-slo", inhibitedBy } as const;
  const expression = (name: Budget["name"], severity: BurnRate["severity"]): string =>
    burnRates
      .filter((rate) => rate.severity === severity)
      .map(({ factor, long, short }) => {
        const over = (window: Window): string =>
          `(suoke:${name}:ratio${window} > on (service) (${factor} * suoke:${name}:budget))`;
        return `((${burning(name, factor, long)}) and on (service) ${over(short)})`;
      })
      .join(" or ");
  return [
    {
      name: "ErrorBudgetBurnFast",
      expr: expression("failures", "critical"),
      for: "2m",
      severity: "critical",
      ...common,
      summary: {
        en: "{{ $labels.service }} fails so often that its monthly error budget is gone within days",
        zh: "{{ $labels.service }} 失败率过高，月度错误预算将在数日内耗尽",
      },
      description: {
        en: "{{ $value | humanizePercentage }} of its requests fail or find it down, over the last hour or six.",
        zh: "最近一小时或六小时内 {{ $value | humanizePercentage }} 的请求失败或服务不可用。",
      },
    },
    {
      name: "ErrorBudgetBurnSlow",
      expr: expression("failures", "warning"),
      for: "15m",
      severity: "warning",
      ...common,
      summary: {
        en: "{{ $labels.service }} uses up its monthly error budget before the month is over",
        zh: "{{ $labels.service }} 将在月底前耗尽月度错误预算",
      },
      description: {
        en: "{{ $value | humanizePercentage }} of its requests fail or find it down, over the last one or three days.",
        zh: "最近一天或三天内 {{ $value | humanizePercentage }} 的请求失败或服务不可用。",
      },
    },
    {
      name: "LatencyBudgetBurnFast",
      expr: expression("slowness", "critical"),
      for: "2m",
      severity: "critical",
      ...common,
      summary: {
        en: "{{ $labels.service }} is far slower than promised",
        zh: "{{ $labels.service }} 的响应时间远超承诺",
      },
      description: {
        en: "{{ $value | humanizePercentage }} of its requests take longer than its objective; 5 % may.",
        zh: "{{ $value | humanizePercentage }} 的请求超过目标响应时间，允许值为 5 %。",
      },
    },
    {
      name: "LatencyBudgetBurnSlow",
      expr: expression("slowness", "warning"),
      for: "15m",
      severity: "warning",
      ...common,
      summary: {
        en: "{{ $labels.service }} is slower than promised",
        zh: "{{ $labels.service }} 的响应时间超过承诺",
      },
      description: {
        en: "{{ $value | humanizePercentage }} of its requests take longer than its objective; 5 % may.",
        zh: "{{ $value | humanizePercentage }} 的请求超过目标响应时间，允许值为 5 %。",
      },
    },
  ];
}

/** The long window's ratio, with the team of the service, where it burns that fast. */
function burning(name: Budget["name"], factor: number, long: Window): string {
  return `suoke:${name}:ratio${long} > on (service) group_left (team) (${factor} * suoke:${name}:budget)`;
}
