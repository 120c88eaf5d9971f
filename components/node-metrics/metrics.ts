/**
 * What is kept of what kubelets say, by the path where they say it: what a rule or dashboard uses. A kubelet tells thousands of
 * series, most of them about itself.
 */
export const kubeletMetrics = {
  "/metrics": [
    "kubelet_volume_stats_available_bytes",
    "kubelet_volume_stats_capacity_bytes",
    "kubelet_volume_stats_inodes",
    "kubelet_volume_stats_inodes_free",
  ],
  "/metrics/resource": [
    "node_cpu_usage_seconds_total",
    "node_memory_working_set_bytes",
    "container_cpu_usage_seconds_total",
    "container_memory_working_set_bytes",
  ],
} as const;

/** Of the node as a whole, among what the built-in cAdvisor says of every container. */
export const cadvisorMetrics = {
  /** Of its root control group: disks, each by its device. */
  ofRoot: ["container_fs_usage_bytes", "container_fs_limit_bytes"],
  ofMachine: ["machine_cpu_cores", "machine_memory_bytes"],
} as const;
