import type { Dashboard } from "../monitoring/dashboard.ts";
import { panel } from "../monitoring/dashboard.ts";
import type { Alert, Monitoring } from "../monitoring/monitoring.ts";
import type { Probe, ProbeKind } from "./probes.ts";
import { probesName, probesPort } from "./probes.ts";

const dashboard: Dashboard = {
  uid: "suoke-probes",
  title: "公网探测 Public addresses",
  services: false,
  rows: [
    {
      title: "探测 Probes",
      panels: [
        panel(
          "可达 Reached",
          "bool_on_off",
          ["Whether each public address answers as it should.", "各公网地址是否按预期响应。"],
          { "{{instance}} {{module}}": "min by (instance, module) (probe_success)" },
          { kind: "state-timeline", width: 12 },
        ),
        panel(
          "耗时 Duration",
          "s",
          ["DNS, TLS and answer together.", "包含 DNS、TLS 与响应的总耗时。"],
          { "{{instance}}": "max by (instance) (probe_duration_seconds)" },
          { width: 12, above: 1 },
        ),
        panel(
          "证书剩余时间 Certificate",
          "s",
          ["Time until the certificate expires; it is renewed a month before.", "证书剩余有效期，提前一个月续期。"],
          { certificate: "min(probe_ssl_earliest_cert_expiry) - time()" },
          { kind: "stat", width: 12, below: 21 * 86_400 },
        ),
        panel(
          "状态码 Code",
          "none",
          ["What each address answers.", "各地址返回的状态码。"],
          { "{{instance}}": "max by (instance) (probe_http_status_code)" },
          { width: 12 },
        ),
      ],
    },
  ],
};

const common = { team: "edge", dashboard: dashboard.uid } as const;

const alerts: readonly Alert[] = [
  {
    name: "ProbeFailing",
    expr: 'max by (instance, module) (probe_success{module=~"open|guarded"}) == 0',
    for: "3m",
    severity: "critical",
    ...common,
    summary: { en: "{{ $labels.instance }} does not answer as it should", zh: "{{ $labels.instance }} 响应异常" },
    description: {
      en: "A client gets no answer, the wrong code, or no valid certificate there. Expected: {{ $labels.module }}.",
      zh: "客户端无法得到预期响应（{{ $labels.module }}）或证书无效。",
    },
  },
  {
    name: "EdgeUnlimited",
    expr:
      'max by (instance) (probe_success{module="limited"}) == 0 ' +
      'unless on (instance) max by (instance) (probe_success{module="open"}) == 0',
    for: "5m",
    severity: "warning",
    ...common,
    summary: { en: "Kong limits nobody", zh: "Kong 限流失效" },
    description: {
      en: "Answers lack the limiter's headers: it does not reach redis-cache, and lets everybody through.",
      zh: "响应缺少限流头，限流器无法连接 redis-cache，当前不限制任何请求。",
    },
  },
  {
    name: "CertificateNotRenewed",
    expr: "min by (instance) (probe_ssl_earliest_cert_expiry) - time() < 21 * 86400",
    for: "1h",
    severity: "warning",
    ...common,
    inhibitedBy: [{ alert: "CertificateExpiring", equal: ["instance"] }],
    summary: {
      en: "The certificate of {{ $labels.instance }} was not renewed",
      zh: "{{ $labels.instance }} 证书未续期",
    },
    description: {
      en: "It expires in {{ $value | humanizeDuration }}; renewal was due a month before.",
      zh: "将在 {{ $value | humanizeDuration }} 后过期，本应提前一个月续期。",
    },
  },
  {
    name: "CertificateExpiring",
    expr: "min by (instance) (probe_ssl_earliest_cert_expiry) - time() < 3 * 86400",
    for: "10m",
    severity: "critical",
    ...common,
    summary: { en: "The certificate of {{ $labels.instance }} expires", zh: "{{ $labels.instance }} 证书即将过期" },
    description: {
      en: "In {{ $value | humanizeDuration }} no client will connect any more.",
      zh: "{{ $value | humanizeDuration }} 后客户端将无法连接。",
    },
  },
];

/** How the platform looks from outside. */
export function probeMonitoring(probes: readonly Probe[]): Monitoring {
  const kinds: readonly ProbeKind[] = ["open", "guarded", "limited"];
  return {
    system: "probes",
    exposed: [
      {
        by: "blackbox_exporter 0.28",
        metrics: [
          "probe_success",
          "probe_duration_seconds",
          "probe_http_status_code",
          "probe_ssl_earliest_cert_expiry",
        ],
      },
    ],
    dashboards: [dashboard],
    groups: [{ name: "suoke-probes", recordings: [], alerts }],
    multiTargets: kinds.flatMap((kind) => {
      const targets = probes.filter((probe) => probe.kind === kind).map(({ url }) => url);
      if (targets.length === 0) return [];
      const labels = { app: probesName, module: kind };
      // Probes count against the limit of the address that they come from.
      const params = { module: kind };
      return [{ exporter: probesName, port: probesPort, path: "/probe", params, targets, labels, interval: "1m" }];
    }),
  };
}
