import type { Alert, Monitoring } from "../monitoring/monitoring.ts";

/** How Alertmanager itself is watched. @param replicas how many must see each other */
export function alertmanagerMonitoring(replicas: number): Monitoring {
  return {
    system: "alertmanager",
    exposed: [],
    dashboards: [],
    groups: [
      {
        name: "suoke-alertmanager",
        recordings: [],
        alerts: [failing, ...(replicas > 1 ? [clusterBroken(replicas)] : [])],
      },
    ],
  };
}

const failing: Alert = {
  name: "AlertmanagerNotificationsFailing",
  expr:
    "sum by (integration) (rate(alertmanager_notifications_failed_total[15m])) " +
    "/ sum by (integration) (rate(alertmanager_notifications_total[15m])) > 0.1",
  for: "10m",
  severity: "critical",
  team: "platform",
  dashboard: "suoke-monitoring",
  summary: {
    en: "Notifications by {{ $labels.integration }} fail",
    zh: "{{ $labels.integration }} 通知发送失败",
  },
  description: {
    en: "{{ $value | humanizePercentage }} of them do not arrive.",
    zh: "{{ $value | humanizePercentage }} 的通知未送达。",
  },
};

function clusterBroken(replicas: number): Alert {
  return {
    name: "AlertmanagerClusterBroken",
    expr: `min(alertmanager_cluster_members) < ${replicas}`,
    for: "15m",
    severity: "warning",
    team: "platform",
    dashboard: "suoke-monitoring",
    summary: { en: "Alertmanagers do not see each other", zh: "Alertmanager 副本互不可见" },
    description: {
      en: `One sees {{ $value }} of ${replicas}: people are told more than once.`,
      zh: `某副本仅见 {{ $value }}/${replicas} 个成员，通知可能重复。`,
    },
  };
}
