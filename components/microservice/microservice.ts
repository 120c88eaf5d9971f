import { disruptionBudget } from "../../kubernetes/disruption.ts";
import { labels } from "../../kubernetes/labels.ts";
import type { Component, KubernetesObject, Metadata } from "../../kubernetes/manifest.ts";
import { contentHash } from "../../kubernetes/names.ts";
import { networkPolicy } from "../../kubernetes/network.ts";
import type { MicroserviceArgs, Track } from "./args.ts";
import { trackName } from "./args.ts";
import { deployment } from "./deployment.ts";
import { autoscaler } from "./scaling.ts";
import { services } from "./services.ts";

/** One service of the catalogue in one environment: everything Kubernetes needs to run it. */
export function microservice(args: MicroserviceArgs): Component {
  const { service, namespace } = args;
  const own = { app: service.name, component: "service", team: service.team } as const;
  const ownLabels = labels(own);
  const meta = (name: string): Metadata => ({ name, namespace, labels: ownLabels });
  // Only a Deployment and its pods carry the version: a new image is one changed object.
  const track = (name: Track, its: Pick<MicroserviceArgs, "image" | "scaling" | "env">): KubernetesObject[] => {
    const deployed = trackName(service.name, name);
    const versioned = { ...meta(deployed), labels: labels({ ...own, version: its.image.version }) };
    return [
      deployment({ ...args, ...its }, name, versioned, configName),
      ...autoscaler(deployed, its.scaling, meta(`${deployed}-hpa`)),
    ];
  };
  // The hash makes a change create a new map and roll the pods; the old one goes once nothing mounts it.
  const configName = `${service.name}-config-${contentHash(args.config)}`;
  const objects: KubernetesObject[] = [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: meta(service.name), automountServiceAccountToken: false },
    { apiVersion: "v1", kind: "ConfigMap", metadata: meta(configName), immutable: true, data: { ...args.config } },
    networkPolicy(meta(service.name), { app: service.name }, args),
    ...track("stable", args),
    ...(args.rollout === undefined ? [] : track(args.rollout.second.name, args.rollout.second)),
    ...services(args, meta),
    disruptionBudget(service.name, meta(service.name)),
  ];
  return {
    type: "suoke:service:Microservice",
    name: service.name,
    manifests: objects.map((object) => ({ object })),
    dependsOn: dependencies(args),
  };
}

function dependencies({ env, pullSecret, dependsOn }: MicroserviceArgs): string[] {
  const secrets = Object.values(env).filter((value) => typeof value === "object");
  return [...new Set([...dependsOn, pullSecret.component, ...secrets.map(({ component }) => component)])].sort();
}
