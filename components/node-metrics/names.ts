export const nodeMetricsName = "node-metrics";
export const nodeMetricsPort = 9090;

/** Label `job` of what kubelets say. */
export const kubeletJob = "kubelet";
/** Where kubelets answer over TLS. */
export const kubeletPort = 10250;
