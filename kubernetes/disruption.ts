import type { Metadata, ObjectOf } from "./manifest.ts";

/**
 * One pod at a time leaves for a drain, at any number of replicas: unlike `minAvailable` this can never reach zero
 * allowed disruptions while the pods are healthy, and unhealthy ones may always be evicted. Of three or more that have to
 * agree, a majority stays.
 */
export function disruptionBudget(app: string, metadata: Metadata): ObjectOf<"PodDisruptionBudget"> {
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata,
    spec: { maxUnavailable: 1, unhealthyPodEvictionPolicy: "AlwaysAllow", selector: { matchLabels: { app } } },
  };
}
