/** CPU, memory and scratch space of a pod, as Kubernetes quantities. */
export interface Resources {
  readonly requests: { readonly cpu: string; readonly memory: string; readonly "ephemeral-storage": string };
  readonly limits: { readonly cpu: string; readonly memory: string; readonly "ephemeral-storage": string };
}

/**
 * Size tiers. `standard` has the plan's numbers for auth-service. Agents hold models and conversation state in memory,
 * so that they get four times of it; Go needs a quarter of what a Python service does.
 */
export const sizes = {
  lean: {
    requests: { cpu: "100m", memory: "64Mi", "ephemeral-storage": "64Mi" },
    limits: { cpu: "500m", memory: "128Mi", "ephemeral-storage": "128Mi" },
  },
  standard: {
    requests: { cpu: "250m", memory: "256Mi", "ephemeral-storage": "64Mi" },
    limits: { cpu: "500m", memory: "512Mi", "ephemeral-storage": "256Mi" },
  },
  agent: {
    requests: { cpu: "500m", memory: "1Gi", "ephemeral-storage": "256Mi" },
    limits: { cpu: "2", memory: "2Gi", "ephemeral-storage": "1Gi" },
  },
} as const satisfies Record<string, Resources>;

export type Size = keyof typeof sizes;
