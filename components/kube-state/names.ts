export const kubeStateName = "kube-state-metrics";
export const kubeStatePort = 8080;
