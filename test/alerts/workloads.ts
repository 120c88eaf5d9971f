import type { AlertCase, Series } from "../support/metrics/cases.ts";
import { level } from "../support/metrics/cases.ts";

const warning = { team: "platform", severity: "warning" };
const edge = { team: "edge", severity: "warning" };
const health = "https://api.suoke.life/health";
const users = "https://api.suoke.life/api/v1/users";

/** Says how long the certificate is valid, in seconds from the start, where time begins at 0. */
const certificate = (value: string): Series => ({
  [`probe_ssl_earliest_cert_expiry{instance="${health}", module="open"}`]: value,
  // A renewed one that not every address serves yet.
  [`probe_ssl_earliest_cert_expiry{instance="${health}", module="limited"}`]: "9000000x400",
});

/** An autoscaler at so many of 3 to 10 pods. */
const autoscaler = (value: string, most = "10x300"): Series => ({
  'kube_horizontalpodautoscaler_status_current_replicas{horizontalpodautoscaler="auth-service"}': value,
  'kube_horizontalpodautoscaler_spec_max_replicas{horizontalpodautoscaler="auth-service"}': most,
  'kube_horizontalpodautoscaler_spec_min_replicas{horizontalpodautoscaler="auth-service"}': "3x300",
});

const looping = (values: string): Series => ({
  'kube_pod_container_status_waiting_reason{pod="a", container="c", reason="CrashLoopBackOff"}': values,
});

const incomplete = level({
  alert: "WorkloadIncomplete",
  series: (value) => ({
    'kube_deployment_spec_replicas{deployment="auth-service"}': "3x200",
    'kube_deployment_status_replicas_available{deployment="auth-service"}': value,
  }),
  bad: 2,
  good: 3,
  seconds: 900,
  labels: [{ ...warning, kind: "deployment", workload: "auth-service" }],
});

export const workloadCases: readonly AlertCase[] = [
  {
    ...incomplete,
    fires: [
      ...incomplete.fires,
      {
        series: {
          'kube_statefulset_replicas{statefulset="consul"}': "3x200",
          'kube_statefulset_status_replicas_ready{statefulset="consul"}': "2x200",
        },
        at: "15m",
        labels: [{ ...warning, kind: "statefulset", workload: "consul" }],
      },
      {
        series: { 'kube_daemonset_status_number_unavailable{daemonset="otel-agent"}': "1x200" },
        at: "15m",
        labels: [{ ...warning, kind: "daemonset", workload: "otel-agent" }],
      },
    ],
  },
  {
    alert: "PodCrashLooping",
    // It waits, then runs for a minute, and waits again.
    fires: [
      { series: looping("1x16 _x4 1x16 _x4 1x20"), at: "10m", labels: [{ ...warning, pod: "a", container: "c" }] },
    ],
    silent: [
      { series: looping("1x16 _x4 1x16 _x4 1x20"), at: "9m45s" },
      // It came up at its second try.
      { series: looping("1x12 _x60"), at: "10m" },
      {
        series: {
          'kube_pod_container_status_waiting_reason{pod="a", container="c", reason="ContainerCreating"}': "1x80",
        },
        at: "15m",
      },
    ],
    resolves: { series: looping("1x48 _x60"), firedAt: "12m", at: "17m15s" },
  },
  {
    ...level({
      alert: "AutoscalerAtMaximum",
      series: (value) => autoscaler(value),
      bad: 10,
      good: 9,
      seconds: 1800,
      labels: [{ ...warning, horizontalpodautoscaler: "auth-service" }],
    }),
    silent: [
      { series: autoscaler("10x160"), at: "29m45s" },
      { series: autoscaler("9x160"), at: "35m" },
      // It was never meant to grow.
      { series: autoscaler("3x160", "3x160"), at: "35m" },
    ],
  },
  level({
    alert: "ProbeFailing",
    series: (value) => ({
      [`probe_success{instance="${users}", module="guarded"}`]: value,
      // Another alert's business.
      [`probe_success{instance="${health}", module="limited"}`]: "0x80",
    }),
    bad: 0,
    good: 1,
    seconds: 180,
    labels: [{ team: "edge", severity: "critical", instance: users, module: "guarded" }],
  }),
  {
    alert: "EdgeUnlimited",
    fires: [
      {
        series: {
          [`probe_success{instance="${health}", module="limited"}`]: "0x60",
          [`probe_success{instance="${health}", module="open"}`]: "1x60",
        },
        at: "5m",
        labels: [{ ...edge, instance: health }],
      },
    ],
    silent: [
      {
        series: {
          [`probe_success{instance="${health}", module="limited"}`]: "0x60",
          [`probe_success{instance="${health}", module="open"}`]: "1x60",
        },
        at: "4m45s",
      },
      // Nothing answers at all.
      {
        series: {
          [`probe_success{instance="${health}", module="limited"}`]: "0x60",
          [`probe_success{instance="${health}", module="open"}`]: "0x60",
        },
        at: "10m",
      },
      { series: { [`probe_success{instance="${health}", module="limited"}`]: "1x60" }, at: "10m" },
    ],
    resolves: {
      series: { [`probe_success{instance="${health}", module="limited"}`]: "0x24 1x20" },
      firedAt: "6m",
      at: "6m15s",
    },
  },
  {
    alert: "CertificateNotRenewed",
    // 21 days are 1814400 s; it is looked at after an hour, 3600 s later.
    fires: [{ series: certificate("1814399x400"), at: "1h", labels: [{ ...edge, instance: health }] }],
    silent: [
      { series: certificate("1814399x400"), at: "59m45s" },
      { series: certificate("1818100x400"), at: "1h" },
    ],
    resolves: { series: certificate("1814399x280 9000000x60"), firedAt: "1h5m", at: "1h11m" },
  },
  {
    alert: "CertificateExpiring",
    // Three days are 259200 s.
    fires: [
      {
        series: certificate("259199x400"),
        at: "10m",
        labels: [{ team: "edge", severity: "critical", instance: health }],
      },
    ],
    silent: [
      { series: certificate("259199x400"), at: "9m45s" },
      { series: certificate("259900x400"), at: "10m" },
    ],
    resolves: { series: certificate("259199x60 9000000x60"), firedAt: "12m", at: "16m" },
  },
];
