import type { AlertCase, Series } from "../support/metrics/cases.ts";

const critical = { team: "edge", severity: "critical" };
const warning = { team: "edge", severity: "warning" };

/** Pushes per 15 s that fail, and those without the broken object that do not. */
function pushes(failed: string, fallback: string): Series {
  return {
    'ingress_controller_configuration_push_count{success="false", failure_reason="other", pod="a"}': failed,
    'ingress_controller_configuration_push_count{success="true", pod="a"}': "7x100",
    'ingress_controller_fallback_configuration_push_count{success="true", pod="a"}': fallback,
  };
}

/** Requests per 15 s: those that Kong answered with 503 itself, and those that a service answered, also with errors. */
function requests(own: string, services: string): Series {
  return {
    'kong_http_requests_total{source="kong", code="503", route="r"}': own,
    'kong_http_requests_total{source="service", code="200", route="r"}': services,
    'kong_http_requests_total{source="service", code="500", route="r"}': services,
  };
}

/** As many requests per 15 s that wait between two bounds in Kong. */
function waits(low: string, high: string, each: number, samples: number): Series {
  const bucket = (le: string): string => `kong_kong_latency_ms_bucket{le="${le}", route="r"}`;
  return {
    [bucket(low)]: `0x${samples}`,
    [bucket(high)]: `0+${each}x${samples}`,
    [bucket("+Inf")]: `0+${each}x${samples}`,
    'kong_http_requests_total{source="service", code="200", route="r"}': `0+${each}x${samples}`,
  };
}

export const edgeCases: readonly AlertCase[] = [
  {
    alert: "EdgeConfigurationFailing",
    fires: [{ series: pushes("0+1x60", "0x60"), at: "5m15s", labels: [{ ...critical, failure_reason: "other" }] }],
    silent: [
      { series: pushes("0+1x60", "0x60"), at: "5m" },
      // One failure: a proxy went away just then.
      { series: pushes("0x10 1x60", "0x60"), at: "7m" },
      // All but the broken object is served.
      { series: pushes("0+1x60", "0+1x60"), at: "12m" },
    ],
    resolves: { series: pushes("0+1x24 24x60", "0x90"), firedAt: "6m", at: "11m15s" },
  },
  {
    alert: "EdgeConfigurationIncomplete",
    fires: [
      { series: pushes("0+1x60", "0+1x60"), at: "5m15s", labels: [warning] },
      { series: { ingress_controller_translation_broken_resource_count: "1x60" }, at: "5m", labels: [warning] },
    ],
    silent: [
      { series: pushes("0+1x60", "0+1x60"), at: "5m" },
      { series: { ingress_controller_translation_broken_resource_count: "1x60" }, at: "4m45s" },
      { series: { ingress_controller_translation_broken_resource_count: "0x60" }, at: "12m" },
    ],
    resolves: {
      series: { ingress_controller_translation_broken_resource_count: "1x24 0x60" },
      firedAt: "6m",
      at: "6m15s",
    },
  },
  {
    alert: "EdgeErrors",
    // 21 of 2021 are 1.04 %, 20 of 2020 are 0.99 %.
    fires: [{ series: requests("0+21x60", "0+1000x60"), at: "2m15s", labels: [critical] }],
    silent: [
      { series: requests("0+21x60", "0+1000x60"), at: "2m" },
      { series: requests("0+20x60", "0+1000x60"), at: "12m" },
      // Ten in five minutes are chance, whatever their share.
      { series: requests("0x10 10x60", "0+1x70"), at: "7m" },
      // Every second request fails, and services say so themselves.
      { series: requests("0x60", "0+1000x60"), at: "12m" },
    ],
    resolves: { series: requests("0+100x24 2400x60", "0+1000x84"), firedAt: "6m", at: "11m15s" },
  },
  {
    alert: "EdgeSlow",
    // Of 100 to 200 ms the 95th percentile is interpolated as 195, of 50 to 100 as 97.5.
    fires: [{ series: waits("100", "200", 1000, 60), at: "10m15s", labels: [warning] }],
    silent: [
      { series: waits("100", "200", 1000, 60), at: "10m" },
      { series: waits("50", "100", 100, 100), at: "20m" },
      // One request a second is no traffic to judge by.
      { series: waits("100", "200", 15, 100), at: "20m" },
    ],
    resolves: {
      series: {
        'kong_kong_latency_ms_bucket{le="100", route="r"}': "0x48 0+100x60",
        'kong_kong_latency_ms_bucket{le="200", route="r"}': "0+100x109",
        'kong_kong_latency_ms_bucket{le="+Inf", route="r"}': "0+100x109",
        'kong_http_requests_total{source="service", code="200", route="r"}': "0+100x109",
      },
      firedAt: "11m",
      at: "18m",
    },
  },
];
