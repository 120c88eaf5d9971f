/** A page of the Kubernetes documentation. */
export function docs(path: string): string {
  return `https://kubernetes.io/docs/${path}`;
}

/** Where the API server checks updates of a group, at the version that the embedded cluster is built from. */
export function validation(group: string): string {
  return `https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/apis/${group}/validation/validation.go`;
}

/** The list of fields that Pulumi's provider replaces an object for. */
export const pulumiProvider = "https://github.com/pulumi/pulumi-kubernetes/blob/v4.34.2/provider/pkg/provider/diff.go";

/** Workloads whose pods are replaced when their template changes. */
export const rolling = ["DaemonSet", "Deployment", "StatefulSet"];
