import type { KubernetesObject } from "../../../kubernetes/manifest.ts";
import { podsOf } from "../../../policies/pods.ts";
import type { Environment } from "../../../stacks/environment.ts";
import { runningServices } from "../../../stacks/platform.ts";
import type { Targets } from "./discovery.ts";

/** Targets that the configuration names one by one, and nobody discovers. */
export const named = /^infrastructure (redis|blackbox-exporter) /;

/**
 * What an environment's Prometheus has to find, from the catalogue and from what systems annotate: each pod that runs at the
 * least. Pods of custom resources are made by operators, of which the embedded cluster has none.
 * @param nodes how many the cluster has
 */
export function expectedTargets(
  environment: Environment<string>,
  objects: readonly KubernetesObject[],
  nodes: number,
): Targets {
  const expected = new Map<string, number>();
  const expectTargets = (job: string, app: string, port: number, count: number): void =>
    void expected.set(`${job} ${app} ${port}`, (expected.get(`${job} ${app} ${port}`) ?? 0) + count);
  for (const { name: service, ports, metrics } of runningServices(environment).values()) {
    const declared = environment.data.services[service];
    if (declared?.kind !== "on") throw new Error(`${service} is off.`);
    const { scaling } = declared;
    const pods = scaling.kind === "auto" ? scaling.min : scaling.replicas;
    expectTargets("suoke-life-services", service, ports[metrics.port] ?? 0, pods);
  }
  for (const object of objects) {
    if (!["Deployment", "StatefulSet", "DaemonSet"].includes(object.kind)) continue;
    const { labels = {}, annotations = {} } = podsOf(object) ?? {};
    const app = labels["app"] ?? "";
    if (annotations["prometheus.io/scrape"] !== "true" || labels["app.kubernetes.io/component"] === "service") continue;
    const job = app === "kong" || app.startsWith("kong-") ? "api-gateway" : "infrastructure";
    const spec = "spec" in object ? (object.spec as { replicas?: number }) : {};
    const scaler = objects.find(
      (each) => each.kind === "HorizontalPodAutoscaler" && each.metadata.name === object.metadata.name,
    );
    const least = scaler?.kind === "HorizontalPodAutoscaler" ? scaler.spec.minReplicas : undefined;
    const pods = object.kind === "DaemonSet" ? nodes : (spec.replicas ?? least ?? 1);
    for (const port of [annotations["prometheus.io/port"], annotations["suoke.life/second-metrics-port"]])
      if (port !== undefined) expectTargets(job, app, Number(port), pods);
  }
  expectTargets("infrastructure", "kube-state-metrics", 8080, 1);
  expectTargets("infrastructure", "node-metrics", 9090, 1);
  expectTargets("infrastructure", "otel-logs", 8888, nodes);
  // It speaks for itself once more, whatever pods there are.
  expectTargets("prometheus", "prometheus", 9090, 1);
  return Object.fromEntries([...expected].sort());
}
