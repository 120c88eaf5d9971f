import { sizes } from "../../catalogue/sizes.ts";
import { labels } from "../../kubernetes/labels.ts";
import type { Component, Metadata } from "../../kubernetes/manifest.ts";
import type { Connection } from "../../kubernetes/network.ts";
import { oneIsEnough, pinnedImages, withoutDigest } from "../exemptions.ts";
import { images } from "../images.ts";
import { exporterObjects } from "../monitoring/exporter.ts";
import { agentsNamespace } from "../node-logs/names.ts";
import { prometheusName } from "../prometheus/names.ts";
import { kubeStateMetrics } from "./metrics.ts";
import { kubeStateName, kubeStatePort } from "./names.ts";

/** What it reads of each environment: enough to tell what should run from what does, and no configuration. */
const rules = [
  { apiGroups: [""], resources: ["pods"], verbs: ["list", "watch"] },
  { apiGroups: ["apps"], resources: ["deployments", "statefulsets", "daemonsets"], verbs: ["list", "watch"] },
  { apiGroups: ["autoscaling"], resources: ["horizontalpodautoscalers"], verbs: ["list", "watch"] },
];

function metadataIn(namespace: string): Metadata {
  return {
    name: kubeStateName,
    namespace,
    labels: labels({ app: kubeStateName, component: "platform", team: "platform" }),
  };
}

/** What it may do in an environment. */
export function kubeStateRights(namespace: string): Component {
  const apiGroup = "rbac.authorization.k8s.io";
  const metadata = metadataIn(namespace);
  return {
    type: "suoke:cluster:KubeStateRights",
    name: `${kubeStateName}-rights-${namespace}`,
    dependsOn: [`namespace-${namespace}`],
    manifests: [
      { object: { apiVersion: `${apiGroup}/v1`, kind: "Role", metadata, rules } },
      {
        object: {
          apiVersion: `${apiGroup}/v1`,
          kind: "RoleBinding",
          metadata,
          roleRef: { apiGroup, kind: "Role", name: kubeStateName },
          subjects: [{ kind: "ServiceAccount", name: kubeStateName, namespace: agentsNamespace }],
        },
      },
    ],
  };
}

export interface KubeStateArgs {
  /** Namespaces of the environments that it speaks for. Each one's Prometheus keeps its own series. */
  readonly namespaces: readonly string[];
  readonly kubeApi: Connection;
}

/** Says what Kubernetes makes of the environments: one for all of them, with a Role in each and no right beyond. */
export function kubeState({ namespaces, kubeApi }: KubeStateArgs): Component {
  const meta = (): Metadata => metadataIn(agentsNamespace);
  const program = exporterObjects(
    {
      name: kubeStateName,
      image: images.kubeStateMetrics,
      args: [
        `--port=${kubeStatePort}`,
        `--namespaces=${namespaces.join(",")}`,
        `--resources=${rules
          .flatMap(({ resources }) => resources)
          .sort()
          .join(",")}`,
        `--metric-allowlist=${kubeStateMetrics.join(",")}`,
      ],
      port: kubeStatePort,
      healthPath: "/healthz",
      env: {},
      volumes: [],
      resources: sizes.standard,
      ingress: namespaces.map((namespace) => ({
        peer: { kind: "pods", namespace, labels: { app: prometheusName } },
        ports: ["metrics"],
      })),
      egress: [kubeApi],
      kubeApi: true,
      annotated: true,
    },
    meta,
  );
  return {
    type: "suoke:cluster:KubeState",
    name: kubeStateName,
    dependsOn: [`namespace-${agentsNamespace}`, ...namespaces.map((name) => `${kubeStateName}-rights-${name}`)],
    exemptions: [pinnedImages, withoutDigest, oneIsEnough],
    manifests: program.map((object) => ({ object })),
  };
}
