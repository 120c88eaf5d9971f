/**
 * Every image that the platform runs besides its services, each at one version everywhere. Digests cannot be looked up
 * while building, so that these are tags; Renovate raises them and adds the digest.
 */
export const images = {
  // renovate: datasource=docker depName=hashicorp/consul
  consul: "hashicorp/consul:1.22.7",
  // renovate: datasource=docker depName=hashicorp/consul-k8s-control-plane
  consulCatalogue: "hashicorp/consul-k8s-control-plane:1.9.11",
  // renovate: datasource=docker depName=prom/consul-exporter
  consulExporter: "prom/consul-exporter:v0.13.0",
  // renovate: datasource=docker depName=rclone/rclone
  rclone: "rclone/rclone:1.75.1",
} as const;

/** The programs below `tools/`, in one image of our own. Its tag is raised with them. */
const platformTools = "platform-tools:v0.1.0";

/** The image of our own programs, in the registry that the services' images come from. */
export function toolsImage(registry: string): string {
  return `${registry}/${platformTools}`;
}
