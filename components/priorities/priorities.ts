import { labels } from "../../kubernetes/labels.ts";
import type { Component } from "../../kubernetes/manifest.ts";

/** Who keeps running when a cluster is short of room, the last first. Kubernetes' own classes start at 2 × 10⁹. */
export const priorityClasses = {
  "suoke-batch": { value: 1_000, description: "Jobs that can wait: drills, exports, clean-up." },
  "suoke-service": { value: 100_000, description: "Services that users call." },
  "suoke-edge": { value: 200_000, description: "What every request passes through." },
  "suoke-data": { value: 300_000, description: "Databases and stores, on which all else depends." },
} as const;

export type PriorityClassName = keyof typeof priorityClasses;

/** The platform's priority classes: cluster-scoped, shared by the environments of a cluster. */
export function priorities(): Component {
  return {
    type: "suoke:cluster:Priorities",
    name: "priorities",
    dependsOn: [],
    manifests: Object.entries(priorityClasses).map(([name, { value, description }]) => ({
      object: {
        apiVersion: "scheduling.k8s.io/v1",
        kind: "PriorityClass",
        metadata: { name, labels: labels({ app: "priorities", component: "platform", team: "platform" }) },
        value,
        description,
        globalDefault: false,
        preemptionPolicy: "PreemptLowerPriority",
      },
    })),
  };
}
