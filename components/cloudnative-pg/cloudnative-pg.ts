import type { Component, HelmRelease } from "../../kubernetes/manifest.ts";
import type { Peer } from "../../kubernetes/network.ts";
import { charts } from "../charts.ts";

/** Namespace of the operator and its plugin; the plugin must be in the same. */
export const operatorNamespace = "cnpg-system";

/** The operator's pods, as environments let them in. */
export const operatorPeer: Peer = {
  kind: "pods",
  namespace: operatorNamespace,
  labels: { "app.kubernetes.io/name": "cloudnative-pg" },
};

/**
 * The operator of PostgreSQL clusters, and the plugin that brings their backups to an object store. They come as charts:
 * their definitions and webhooks belong to their publisher.
 */
export function cloudNativePg(): Component {
  const resources = {
    requests: { cpu: "100m", memory: "128Mi", "ephemeral-storage": "64Mi" },
    limits: { cpu: "1", memory: "512Mi", "ephemeral-storage": "128Mi" },
  };
  const release = (name: string, chart: Pick<HelmRelease, "chart" | "version" | "repository">): HelmRelease => ({
    ...chart,
    name,
    namespace: operatorNamespace,
    values: { resources },
  });
  return {
    type: "suoke:cluster:CloudNativePg",
    name: "cloudnative-pg",
    dependsOn: [`namespace-${operatorNamespace}`],
    manifests: [],
    releases: [release("cloudnative-pg", charts.cloudNativePg), release("plugin-barman-cloud", charts.barmanCloud)],
  };
}
