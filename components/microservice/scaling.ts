import type { Metadata, ObjectOf } from "../../kubernetes/manifest.ts";
import type { Scaling } from "./args.ts";

type HpaSpec = NonNullable<ObjectOf<"HorizontalPodAutoscaler">["spec"]>;

/** None for a fixed number of replicas. */
export function autoscaler(
  deployment: string,
  scaling: Scaling,
  metadata: Metadata,
): ObjectOf<"HorizontalPodAutoscaler">[] {
  if (scaling.kind === "fixed") return [];
  return [
    {
      apiVersion: "autoscaling/v2",
      kind: "HorizontalPodAutoscaler",
      metadata,
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: deployment },
        minReplicas: scaling.min,
        maxReplicas: scaling.max,
        metrics: [
          utilization("cpu", scaling.cpuPercent),
          ...(scaling.memoryPercent === undefined ? [] : [utilization("memory", scaling.memoryPercent)]),
        ],
        behavior: {
          // Load arrives at once: double, or add four, whichever is more.
          scaleUp: {
            stabilizationWindowSeconds: 0,
            selectPolicy: "Max",
            policies: [
              { type: "Percent", value: 100, periodSeconds: 15 },
              { type: "Pods", value: 4, periodSeconds: 15 },
            ],
          },
          // A lull is believed after five minutes, and then halved per minute at most.
          scaleDown: {
            stabilizationWindowSeconds: 300,
            policies: [{ type: "Percent", value: 50, periodSeconds: 60 }],
          },
        },
      },
    },
  ];
}

function utilization(name: "cpu" | "memory", averageUtilization: number): NonNullable<HpaSpec["metrics"]>[number] {
  return { type: "Resource", resource: { name, target: { type: "Utilization", averageUtilization } } };
}
