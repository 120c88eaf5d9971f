import type { AlertCase, Series } from "../support/metrics/cases.ts";

const job = 'job="suoke-life-services"';
const auth = `${job}, service="auth-service", team="identity"`;
const only = 'service="auth-service"';
const owner = { service: "auth-service", team: "identity" };
const up: Series = { [`up{${auth}, pod="a"}`]: "1x30000" };

/** Requests and failures per 15 s, one story after another. */
function requests(
  ...parts: readonly { readonly good: number; readonly bad: number; readonly samples: number }[]
): Series {
  const counter = (pick: "good" | "bad"): string => {
    let total = 0;
    return parts
      .map((part) => {
        const text = `${total}+${part[pick]}x${part.samples}`;
        total += part[pick] * (part.samples + 1);
        return text;
      })
      .join(" ");
  };
  return {
    ...up,
    [`http_requests_total{${auth}, status="200"}`]: counter("good"),
    [`http_requests_total{${auth}, status="500"}`]: counter("bad"),
  };
}

/** As many requests faster than 200 ms and slower, per 15 s. */
function durations(
  ...parts: readonly { readonly fast: number; readonly slow: number; readonly samples: number }[]
): Series {
  const counter = (pick: (part: (typeof parts)[number]) => number): string => {
    let total = 0;
    return parts
      .map((part) => {
        const text = `${total}+${pick(part)}x${part.samples}`;
        total += pick(part) * (part.samples + 1);
        return text;
      })
      .join(" ");
  };
  const all = counter(({ fast, slow }) => fast + slow);
  const bucket = (le: string): string => `http_request_duration_seconds_bucket{${auth}, le="${le}"}`;
  return {
    ...up,
    [bucket("0.2")]: counter(({ fast }) => fast),
    [bucket("0.5")]: all,
    [bucket("+Inf")]: all,
    [`http_request_duration_seconds_count{${auth}}`]: all,
    [`http_requests_total{${auth}, status="200"}`]: all,
  };
}

/** Every request takes between these two, of 100 per 15 s. */
function between(low: string, high: string, samples: number): Series {
  const bucket = (le: string): string => `http_request_duration_seconds_bucket{${auth}, le="${le}"}`;
  return {
    [bucket(low)]: `0x${samples}`,
    [bucket(high)]: `0+100x${samples}`,
    [bucket("+Inf")]: `0+100x${samples}`,
    [`http_requests_total{${auth}, status="200"}`]: `0+100x${samples}`,
  };
}

/** Samples of an hour. */
const hour = 240;

export const serviceCases: readonly AlertCase[] = [
  {
    alert: "ServiceDown",
    fires: [
      {
        series: { [`up{${auth}, pod="a"}`]: "1x7 0x40", [`up{${auth}, pod="b"}`]: "1x7 0x40" },
        only,
        at: "3m",
        labels: [{ ...owner, severity: "critical" }],
      },
      // The targets are gone, which the plan's rule could not see.
      {
        series: { [`up{${auth}, pod="a"}`]: "1x7 stale" },
        only,
        at: "3m",
        labels: [{ ...owner, severity: "critical" }],
      },
      { series: {}, only, at: "1m", labels: [{ ...owner, severity: "critical" }] },
    ],
    silent: [
      { series: { [`up{${auth}, pod="a"}`]: "1x7 0x40" }, only, at: "2m45s" },
      { series: { [`up{${auth}, pod="a"}`]: "0x80", [`up{${auth}, pod="b"}`]: "1x80" }, only, at: "15m" },
    ],
    resolves: { series: { [`up{${auth}, pod="a"}`]: "0x12 1x20" }, only, firedAt: "3m", at: "3m15s" },
  },
  {
    alert: "ServiceReplicaDown",
    fires: [
      {
        series: { [`up{${auth}, pod="a"}`]: "0x80", [`up{${auth}, pod="b"}`]: "1x80" },
        at: "10m",
        labels: [{ ...owner, severity: "warning" }],
      },
    ],
    silent: [
      { series: { [`up{${auth}, pod="a"}`]: "0x80", [`up{${auth}, pod="b"}`]: "1x80" }, at: "9m45s" },
      { series: { [`up{${auth}, pod="a"}`]: "1x80", [`up{${auth}, pod="b"}`]: "1x80" }, at: "15m" },
    ],
    resolves: { series: { [`up{${auth}, pod="a"}`]: "0x44 1x40" }, firedAt: "11m", at: "11m15s" },
  },
  {
    alert: "HighResponseTime",
    // P95 is interpolated: of 1 to 1.02 s it is 1.019 s, of 0.98 to 1 s it is 0.999 s.
    fires: [{ series: between("1", "1.02", 40), at: "2m15s", labels: [{ ...owner, severity: "warning" }] }],
    silent: [
      { series: between("1", "1.02", 40), at: "2m" },
      { series: between("0.98", "1", 80), at: "15m" },
      // A request in fifteen seconds is no traffic to judge by: it woke people by the plan's rule.
      {
        series: {
          [`http_request_duration_seconds_bucket{${auth}, le="1"}`]: "0x80",
          [`http_request_duration_seconds_bucket{${auth}, le="2.5"}`]: "0+1x80",
          [`http_request_duration_seconds_bucket{${auth}, le="+Inf"}`]: "0+1x80",
          [`http_requests_total{${auth}, status="200"}`]: "0+1x80",
        },
        at: "15m",
      },
    ],
    resolves: { series: between("1", "1.02", 20), firedAt: "5m", at: "15m" },
  },
  {
    alert: "MetricContractBroken",
    fires: [{ series: up, at: "1h", labels: [{ ...owner, severity: "warning" }] }],
    silent: [
      { series: up, at: "59m45s" },
      { series: { ...up, [`http_requests_total{${auth}, status="200"}`]: "0x300" }, at: "70m" },
    ],
    resolves: {
      series: { ...up, [`http_requests_total{${auth}, status="200"}`]: "_x244 0x100" },
      firedAt: "1h",
      at: "1h2m",
    },
  },
  {
    alert: "ErrorBudgetBurnFast",
    fires: [
      // An hour at 1.5 % after five good ones: 14.4 times the allowed 0.1 % is 1.44 %.
      {
        series: requests({ good: 1000, bad: 0, samples: 5 * hour }, { good: 985, bad: 15, samples: 2 * hour }),
        only,
        at: "6h10m",
        labels: [{ ...owner, severity: "critical" }],
      },
      // 0.61 % all the time: 6 times is 0.6 %.
      {
        series: requests({ good: 9939, bad: 61, samples: 200 }),
        only,
        at: "2m15s",
        labels: [{ ...owner, severity: "critical" }],
      },
      // Nobody can fail at what is not there: time without a pod counts, too.
      { series: {}, only, at: "20m", labels: [{ ...owner, severity: "critical" }] },
    ],
    silent: [
      { series: requests({ good: 9939, bad: 61, samples: 200 }), only, at: "2m" },
      {
        series: requests({ good: 1000, bad: 0, samples: 5 * hour }, { good: 986, bad: 14, samples: 2 * hour }),
        only,
        at: "6h10m",
      },
      { series: requests({ good: 9941, bad: 59, samples: 7 * hour }), only, at: "6h30m" },
      // It is over: the hour is still bad, the last five minutes are not.
      {
        series: requests({ good: 980, bad: 20, samples: hour }, { good: 1000, bad: 0, samples: hour }),
        only,
        at: "1h40m",
      },
      // Nine failures in an hour are chance, whatever their share.
      {
        series: requests(
          { good: 1, bad: 0, samples: 120 },
          { good: 1, bad: 1, samples: 7 },
          { good: 1, bad: 0, samples: 60 },
        ),
        only,
        at: "33m",
      },
    ],
    resolves: {
      series: requests({ good: 980, bad: 20, samples: hour }, { good: 1000, bad: 0, samples: 4 * hour }),
      only,
      firedAt: "30m",
      at: "1h40m",
    },
  },
  {
    alert: "ErrorBudgetBurnSlow",
    fires: [
      {
        series: requests({ good: 9989, bad: 11, samples: 300 }),
        only,
        at: "15m15s",
        labels: [{ ...owner, severity: "warning" }],
      },
    ],
    silent: [
      { series: requests({ good: 9989, bad: 11, samples: 300 }), only, at: "15m" },
      { series: requests({ good: 9991, bad: 9, samples: 3 * hour }), only, at: "3h" },
    ],
    resolves: {
      series: requests({ good: 9989, bad: 11, samples: hour }, { good: 10000, bad: 0, samples: 8 * hour }),
      only,
      firedAt: "30m",
      at: "8h",
    },
  },
  {
    alert: "LatencyBudgetBurnFast",
    fires: [
      // An hour of 73 % slow requests after five good ones: 14.4 times the allowed 5 % is 72 %.
      {
        series: durations({ fast: 100, slow: 0, samples: 5 * hour }, { fast: 27, slow: 73, samples: 2 * hour }),
        only,
        at: "6h10m",
        labels: [{ ...owner, severity: "critical" }],
      },
      {
        series: durations({ fast: 69, slow: 31, samples: 200 }),
        only,
        at: "2m15s",
        labels: [{ ...owner, severity: "critical" }],
      },
      // P95 = 0.9 s was silent by the plan's rule.
      {
        series: {
          [`http_request_duration_seconds_bucket{${auth}, le="0.2"}`]: "0x80",
          [`http_request_duration_seconds_bucket{${auth}, le="0.9"}`]: "0+100x80",
          [`http_request_duration_seconds_bucket{${auth}, le="+Inf"}`]: "0+100x80",
          [`http_request_duration_seconds_count{${auth}}`]: "0+100x80",
          [`http_requests_total{${auth}, status="200"}`]: "0+100x80",
        },
        only,
        at: "10m",
        labels: [{ ...owner, severity: "critical" }],
      },
    ],
    silent: [
      { series: durations({ fast: 69, slow: 31, samples: 200 }), only, at: "2m" },
      {
        series: durations({ fast: 100, slow: 0, samples: 5 * hour }, { fast: 29, slow: 71, samples: 2 * hour }),
        only,
        at: "6h10m",
      },
      { series: durations({ fast: 71, slow: 29, samples: 7 * hour }), only, at: "6h30m" },
    ],
    resolves: {
      series: durations({ fast: 20, slow: 80, samples: hour }, { fast: 100, slow: 0, samples: 4 * hour }),
      only,
      firedAt: "30m",
      at: "1h40m",
    },
  },
  {
    alert: "LatencyBudgetBurnSlow",
    fires: [
      {
        series: durations({ fast: 94, slow: 6, samples: 300 }),
        only,
        at: "15m15s",
        labels: [{ ...owner, severity: "warning" }],
      },
    ],
    silent: [
      { series: durations({ fast: 94, slow: 6, samples: 300 }), only, at: "15m" },
      { series: durations({ fast: 96, slow: 4, samples: 3 * hour }), only, at: "3h" },
    ],
    resolves: {
      series: durations({ fast: 94, slow: 6, samples: hour }, { fast: 100, slow: 0, samples: 8 * hour }),
      only,
      firedAt: "30m",
      at: "8h",
    },
  },
];
