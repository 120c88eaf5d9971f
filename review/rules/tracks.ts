import type { PlainObject } from "../change.ts";
import { at } from "../compare.ts";
import type { Rule, Subject } from "../risk.ts";
import type { Side } from "../world.ts";
import { docs } from "./sources.ts";

const kinds = ["Deployment", "Service"];

/**
 * The end of a service's second version. Only a comparison can tell it: what is built from the settings afterwards knows
 * nothing of a canary that is in them no more (docs/adr/0024-what-a-build-cannot-see.md).
 */
export const trackRules: readonly Rule[] = [
  {
    id: "traffic-interruption/serving-track-removed",
    kinds,
    operations: ["delete"],
    when: (subject) => shareOf(subject) > 0,
    reason: (subject) =>
      `${shareOf(subject) === 100 ? "All" : `${shareOf(subject)} %`} of the service's requests go to it. ` +
      "Take them away first (weight 0, or active: blue), apply that, and then remove the block.",
    source: docs("concepts/workloads/management/#canary-deployments"),
  },
  {
    id: "safe/idle-track-removed",
    kinds,
    operations: ["delete"],
    when: (subject) => isSecondTrack(subject.object) && shareOf(subject) === 0,
    reason: "It is a service's second version, and no requests go to it.",
    source: docs("concepts/workloads/management/#canary-deployments"),
  },
];

/** Whether an object is of a canary or a green version. The Service that leads to green is the service's own. */
export function isSecondTrack(object: PlainObject): boolean {
  return trackOf(object) !== undefined;
}

function trackOf(object: PlainObject): "canary" | "green" | undefined {
  const isDeployment = object.kind === "Deployment";
  const track = at(object, isDeployment ? "spec.template.metadata.labels.track" : "spec.selector.track");
  return track === "canary" || (isDeployment && track === "green") ? track : undefined;
}

/** The share of a service's requests that a second version gets before it goes, in percent; 0 for whatever else. */
function shareOf({ object, world: { before } }: Subject): number {
  const { name, namespace } = object.metadata;
  switch (trackOf(object)) {
    case "canary":
      return weightOf(name, namespace, before);
    case "green": {
      const selected = before
        .ofKind("Service")
        .some((service) => service.metadata.namespace === namespace && leadsTo(service, object));
      return selected ? 100 : 0;
    }
    case undefined:
      return 0;
  }
}

/** A canary's Deployment is behind two Services: one of its name, and one for gRPC. */
function weightOf(name: string, namespace: string | undefined, side: Side): number {
  const wanted = [name, `${name}-grpc`];
  const weights = ["GRPCRoute", "HTTPRoute"]
    .flatMap((kind) => side.ofKind(kind))
    .filter(({ metadata }) => metadata.namespace === namespace)
    .flatMap((route) => list(at(route, "spec.rules")))
    .flatMap((rule) => list(at(rule, "backendRefs")))
    .filter((backend) => wanted.includes(String(at(backend, "name"))))
    .map((backend) => Number(at(backend, "weight") ?? 1));
  return Math.max(0, ...weights);
}

function leadsTo(service: PlainObject, deployment: PlainObject): boolean {
  const labels = at(deployment, "spec.template.metadata.labels");
  return ["app", "track"].every((key) => at(service, `spec.selector.${key}`) === at(labels, key));
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
