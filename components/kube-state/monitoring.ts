import type { Dashboard } from "../monitoring/dashboard.ts";
import { panel } from "../monitoring/dashboard.ts";
import type { Alert, Monitoring, Recording } from "../monitoring/monitoring.ts";
import { kubeStateMetrics } from "./metrics.ts";

const dashboard: Dashboard = {
  uid: "suoke-workloads",
  title: "工作负载 Workloads",
  services: false,
  rows: [
    {
      title: "副本 Replicas",
      panels: [
        panel(
          "缺失的实例 Pods that are missing",
          "short",
          ["Pods that should be ready and are not.", "应就绪而未就绪的实例数。"],
          { "{{workload}}": "suoke:workload_missing:pods > 0" },
          { width: 12, above: 1 },
        ),
        panel(
          "自动扩缩 Autoscalers",
          "percentunit",
          ["Pods as a share of the autoscaler's maximum.", "实例数占自动扩缩上限的比例。"],
          {
            "{{horizontalpodautoscaler}}":
              "max by (horizontalpodautoscaler) (kube_horizontalpodautoscaler_status_current_replicas) " +
              "/ max by (horizontalpodautoscaler) (kube_horizontalpodautoscaler_spec_max_replicas)",
          },
          { width: 12, above: 1 },
        ),
        panel(
          "重启 Restarts",
          "short",
          ["Restarts of containers in an hour.", "一小时内容器重启次数。"],
          {
            "{{pod}} {{container}}":
              "sum by (pod, container) (increase(kube_pod_container_status_restarts_total[1h])) > 0",
          },
          { width: 12 },
        ),
        panel(
          "实例状态 Pods by phase",
          "short",
          ["Pending for long: no node has room, or a volume is missing.", "长期 Pending 表示资源或存储卷不足。"],
          { "{{phase}}": "sum by (phase) (kube_pod_status_phase)" },
          { width: 12 },
        ),
      ],
    },
  ],
};

const common = { severity: "warning", team: "platform", dashboard: dashboard.uid } as const;

/** Of each workload, whatever its kind, by one name. */
function missing(kind: string, wanted: string, ready: string): Recording {
  return {
    record: "suoke:workload_missing:pods",
    expr:
      `label_replace(max by (${kind}) (${wanted}) - max by (${kind}) (${ready}), ` +
      `"workload", "$1", "${kind}", "(.+)")`,
    labels: { kind },
  };
}

const alerts: readonly Alert[] = [
  {
    name: "WorkloadIncomplete",
    expr: "max by (kind, workload) (suoke:workload_missing:pods) > 0",
    for: "15m",
    ...common,
    summary: {
      en: "{{ $labels.workload }} lacks {{ $value }} pods",
      zh: "{{ $labels.workload }} 缺少 {{ $value }} 个实例",
    },
    description: {
      en: "For a quarter of an hour not all pods that should run are ready: a rollout is stuck, or there is no room.",
      zh: "十五分钟内实例未全部就绪，可能是发布受阻或资源不足。",
    },
  },
  {
    name: "PodCrashLooping",
    // Between two tries a container runs for a moment.
    expr:
      "max by (pod, container) " +
      '(max_over_time(kube_pod_container_status_waiting_reason{reason="CrashLoopBackOff"}[5m])) > 0',
    for: "10m",
    ...common,
    summary: { en: "{{ $labels.pod }} crashes again and again", zh: "{{ $labels.pod }} 反复崩溃" },
    description: {
      en: "Kubernetes waits longer and longer before it starts {{ $labels.container }} again.",
      zh: "容器 {{ $labels.container }} 反复退出，重启间隔不断延长。",
    },
  },
  {
    name: "AutoscalerAtMaximum",
    expr:
      "max by (horizontalpodautoscaler) (kube_horizontalpodautoscaler_status_current_replicas) " +
      ">= max by (horizontalpodautoscaler) (kube_horizontalpodautoscaler_spec_max_replicas) " +
      "and max by (horizontalpodautoscaler) (kube_horizontalpodautoscaler_spec_max_replicas) " +
      "> max by (horizontalpodautoscaler) (kube_horizontalpodautoscaler_spec_min_replicas)",
    for: "30m",
    ...common,
    summary: {
      en: "{{ $labels.horizontalpodautoscaler }} cannot grow any more",
      zh: "{{ $labels.horizontalpodautoscaler }} 已达扩容上限",
    },
    description: {
      en: "It has run at its maximum of {{ $value }} pods for half an hour: more load makes it slower.",
      zh: "已在上限 {{ $value }} 个实例运行半小时，负载继续增加将变慢。",
    },
  },
];

/** What Kubernetes says of an environment's workloads. */
export const workloadMonitoring: Monitoring = {
  system: "workloads",
  exposed: [{ by: "kube-state-metrics 2.18", metrics: kubeStateMetrics }],
  dashboards: [dashboard],
  groups: [
    {
      name: "suoke-workloads",
      recordings: [
        missing("deployment", "kube_deployment_spec_replicas", "kube_deployment_status_replicas_available"),
        missing("statefulset", "kube_statefulset_replicas", "kube_statefulset_status_replicas_ready"),
        {
          record: "suoke:workload_missing:pods",
          expr:
            "label_replace(max by (daemonset) (kube_daemonset_status_number_unavailable), " +
            '"workload", "$1", "daemonset", "(.+)")',
          labels: { kind: "daemonset" },
        },
      ],
      alerts,
    },
  ],
};
