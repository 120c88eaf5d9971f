/* eslint-disable @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-assignment --
   These changes make objects that the types forbid. */
import type { Mutation } from "./mutation.ts";
import { object } from "./mutation.ts";

/** Rollouts, budgets and autoscalers that stop serving. */
export const availabilityMutations: readonly Mutation[] = [
  object(
    "Deployment",
    "rollout: recreate",
    (each) => (each.spec.strategy = { type: "Recreate" }),
    ({ spec }) => spec?.strategy?.type !== "Recreate",
  ),
  object(
    "Deployment",
    "rollout: all at once",
    (each) => (each.spec.strategy = { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "100%" } }),
  ),
  object(
    "Deployment",
    "rollout: one pod left",
    (each) => (each.spec.replicas = 1),
    ({ spec }) => (spec?.replicas ?? 1) > 1,
  ),
  object(
    "PodDisruptionBudget",
    "budget: nothing may go",
    (each) => (each.spec = { selector: each.spec.selector, maxUnavailable: 0 }),
  ),
  object(
    "PodDisruptionBudget",
    "budget: all must stay",
    (each) => (each.spec = { selector: each.spec.selector, minAvailable: "100%" }),
  ),
  object(
    "PodDisruptionBudget",
    "budget: of others",
    (each) => (each.spec.selector = { matchLabels: { app: "nobody" } }),
  ),
  object("HorizontalPodAutoscaler", "scaling: no metric", (each) => (each.spec.metrics = [])),
];
