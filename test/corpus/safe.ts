import type { CorpusPair } from "./pair.ts";
import { creation, edit, edited } from "./pair.ts";
import {
  autoscaler,
  claim,
  configMap,
  cronJob,
  deployment,
  disruptionBudget,
  immutableConfigMap,
  job,
  networkPolicy,
  quota,
  service,
  statefulSet,
} from "./objects.ts";

export const safe: readonly CorpusPair[] = [
  edit("another label of an object", "safe/metadata", deployment, ["metadata.labels.team", "web"]),
  edit("another annotation of an object", "safe/metadata", service, ["metadata.annotations.note", "hello"]),
  edit("a ConfigMap that nothing restarts for", "safe/content", configMap, ["data.config\\.yaml", "level: debug\n"]),
  {
    name: "a ConfigMap with a hash in its name",
    rule: "safe/renamed-by-content",
    before: [edited(immutableConfigMap, ["metadata.name", "web-config-0123456789"])],
    after: [
      edited(immutableConfigMap, ["metadata.name", "web-config-abcdef0123"], ["data.config\\.yaml", "level: debug\n"]),
    ],
  },
  edit("a ConfigMap becomes immutable", "safe/made-immutable", configMap, ["immutable", true]),
  edit("more pods", "safe/scaled-up", deployment, ["spec.replicas", 4]),
  edit("the number of pods is left to an autoscaler", "safe/scaled-up", deployment, ["spec.replicas", undefined]),
  edit("a higher limit of pods", "safe/autoscaling", autoscaler, ["spec.maxReplicas", 8]),
  edit("an autoscaler aims at another load", "safe/autoscaling", autoscaler, [
    "spec.metrics.0.resource.target.averageUtilization",
    60,
  ]),
  edit("a longer history", "safe/rollout-settings", deployment, ["spec.revisionHistoryLimit", 5]),
  edit("a gentler rollout", "safe/rollout-settings", deployment, ["spec.strategy.rollingUpdate.maxUnavailable", 0]),
  edit("pods of a StatefulSet are watched longer", "safe/rollout-settings", statefulSet, ["spec.minReadySeconds", 10]),
  edit("one port more", "safe/service-port-added", service, ["spec.ports.1", { name: "metrics", port: 9090 }]),
  edit("another disruption budget", "safe/disruption-budget", disruptionBudget, ["spec.maxUnavailable", 2]),
  edit("a higher quota", "safe/quota-raised", quota, ["spec.hard.requests\\.cpu", "8"]),
  edit("another schedule", "safe/next-run", cronJob, ["spec.schedule", "0 4 * * *"]),
  edit("a Job may take longer", "safe/job-limits", job, ["spec.activeDeadlineSeconds", 600]),
  creation("a new policy for new pods", "safe/created", networkPolicy),
  creation("a new Deployment", "safe/created", deployment),
  edit("a larger claim", "safe/claim-grown", claim, ["spec.resources.requests.storage", "20Gi"]),
];
