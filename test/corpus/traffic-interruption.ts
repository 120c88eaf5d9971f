import type { CorpusPair } from "./pair.ts";
import { creation, edit, edited, removal } from "./pair.ts";
import {
  autoscaler,
  daemonSet,
  denyAll,
  deployment,
  disruptionBudget,
  ingress,
  networkPolicy,
  quota,
  role,
  roleBinding,
  service,
  statefulSet,
} from "./objects.ts";
import { image } from "./parts.ts";

const container = "spec.template.spec.containers.0";
const newer = image.replaceAll("1", "2");

export const trafficInterruption: readonly CorpusPair[] = [
  removal("a Service goes", "traffic-interruption/service-deleted", service, deployment),
  {
    name: "a Service leads to other pods",
    rule: "traffic-interruption/service-selector",
    before: [service, deployment],
    after: [edited(service, ["spec.selector", { app: "other" }]), deployment],
  },
  edit("a port of a Service goes", "traffic-interruption/service-port", service, [
    "spec.ports",
    [{ name: "http", port: 81, targetPort: "http" }],
  ]),
  edit("a Service leads to another port", "traffic-interruption/service-target-port", service, [
    "spec.ports.0.targetPort",
    9090,
  ]),
  edit(
    "a Service is no longer reachable from outside",
    "traffic-interruption/service-type",
    edited(service, ["spec.type", "LoadBalancer"]),
    ["spec.type", "ClusterIP"],
  ),
  edit("a Service stays on its node", "traffic-interruption/service-traffic-policy", service, [
    "spec.internalTrafficPolicy",
    "Local",
  ]),
  removal("a route goes", "traffic-interruption/route-deleted", ingress, service),
  edit("a host is no longer routed", "traffic-interruption/route-changed", ingress, [
    "spec.rules.0.host",
    "new.example",
  ]),
  edit("a policy allows less", "traffic-interruption/network-policy-narrowed", networkPolicy, [
    "spec.ingress.0.from.0.podSelector.matchLabels.tier",
    "front",
  ]),
  removal("a policy goes", "traffic-interruption/network-policy-deleted", networkPolicy, deployment),
  creation("pods are isolated", "traffic-interruption/isolated", denyAll, deployment),
  removal("a disruption budget goes", "traffic-interruption/disruption-budget-deleted", disruptionBudget, deployment),
  edit("a disruption budget allows everything", "traffic-interruption/disruption-budget-loosened", disruptionBudget, [
    "spec.maxUnavailable",
    "100%",
  ]),
  edit("a quota is lowered", "traffic-interruption/quota-lowered", quota, ["spec.hard.requests\\.cpu", "2"]),
  edit("a role allows less", "traffic-interruption/rights-removed", role, ["rules.0.verbs", ["get"]]),
  removal("a binding goes", "traffic-interruption/binding-removed", roleBinding),
  edit("a subject loses its rights", "traffic-interruption/subject-removed", roleBinding, ["subjects", []]),
  removal("a Deployment goes", "traffic-interruption/workload-deleted", deployment, service),
  removal("a DaemonSet goes", "traffic-interruption/workload-deleted", daemonSet),
  edit("a Deployment is stopped", "traffic-interruption/scaled-to-zero", deployment, ["spec.replicas", 0]),
  edit(
    "a Deployment that recreates gets another image",
    "traffic-interruption/recreate",
    edited(deployment, ["spec.strategy.type", "Recreate"]),
    [`${container}.image`, newer],
  ),
  edit("a Deployment begins to recreate", "traffic-interruption/strategy", deployment, [
    "spec.strategy",
    { type: "Recreate" },
  ]),
  edit("a rollout may stop all pods", "traffic-interruption/max-unavailable", deployment, [
    "spec.strategy.rollingUpdate.maxUnavailable",
    "100%",
  ]),
  edit(
    "the only pod of a StatefulSet gets another image",
    "traffic-interruption/only-pod",
    edited(statefulSet, ["spec.replicas", 1]),
    [`${container}.image`, newer],
  ),
  edit("pods are no longer asked whether they are ready", "traffic-interruption/readiness-probe-removed", deployment, [
    `${container}.readinessProbe`,
    undefined,
  ]),
  edit("pods stop at once", "traffic-interruption/no-drain", deployment, [`${container}.lifecycle`, undefined]),
  edit("pods are killed sooner", "traffic-interruption/no-drain", deployment, [
    "spec.template.spec.terminationGracePeriodSeconds",
    5,
  ]),
  edit("an autoscaler may stop all pods", "traffic-interruption/scaled-to-zero", autoscaler, ["spec.minReplicas", 0]),
];
