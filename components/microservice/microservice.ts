import { disruptionBudget } from "../../kubernetes/disruption.ts";
import { labels } from "../../kubernetes/labels.ts";
import { pinnedImages, secretVariables } from "../exemptions.ts";
import type { Component, Exemption, KubernetesObject, Metadata } from "../../kubernetes/manifest.ts";
import { contentHash } from "../../kubernetes/names.ts";
import { networkPolicy } from "../../kubernetes/network.ts";
import type { MicroserviceArgs, Track } from "./args.ts";
import { trackName } from "./args.ts";
import { deployment } from "./deployment.ts";
import { autoscaler } from "./scaling.ts";
import { services } from "./services.ts";

const withoutPromotedDigest: Exemption = {
  rule: "images/digest",
  reason: "No digest has been promoted to this environment yet; the pipeline pins it with the first promotion.",
  until: "2027-03-31",
};
const secretsInVariables = secretVariables(
  "The services read their URLs, passwords in them, from variables such as DATABASE_URL.",
);
const callsPartners: Exemption = {
  rule: "network/internet",
  problems: ["allows traffic to the whole internet."],
  reason: "The catalogue names the partner's hosts, and a NetworkPolicy knows addresses alone.",
  until: "2027-11-30",
};

function exemptionsOf({ env, egress }: MicroserviceArgs): Exemption[] {
  const readsSecrets = Object.values(env).some((value) => typeof value === "object" && "secret" in value);
  return [
    pinnedImages,
    withoutPromotedDigest,
    ...(readsSecrets ? [secretsInVariables] : []),
    ...(egress.some(({ peer }) => peer.kind === "internet") ? [callsPartners] : []),
  ];
}

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
    exemptions: exemptionsOf(args),
    dependsOn: dependencies(args),
  };
}

function dependencies({ env, pullSecret, dependsOn }: MicroserviceArgs): string[] {
  const secrets = Object.values(env).filter((value) => typeof value === "object");
  return [...new Set([...dependsOn, pullSecret.component, ...secrets.map(({ component }) => component)])].sort();
}
