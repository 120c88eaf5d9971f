/** What is exposed of what kube-state-metrics knows: what a rule or dashboard uses. */
export const kubeStateMetrics = [
  "kube_deployment_spec_replicas",
  "kube_deployment_status_replicas_available",
  "kube_statefulset_replicas",
  "kube_statefulset_status_replicas_ready",
  "kube_daemonset_status_number_unavailable",
  "kube_horizontalpodautoscaler_spec_max_replicas",
  "kube_horizontalpodautoscaler_spec_min_replicas",
  "kube_horizontalpodautoscaler_status_current_replicas",
  "kube_pod_container_status_restarts_total",
  "kube_pod_container_status_waiting_reason",
  "kube_pod_status_phase",
] as const;
