import * as pulumi from "@pulumi/pulumi";
import type { Component, KubernetesObject, Manifest } from "../kubernetes/manifest.ts";
import { isSecret } from "../kubernetes/secrets.ts";
import type { Sink } from "../kubernetes/sinks.ts";
import { evaluate } from "../kubernetes/sinks.ts";
import { resourceClass } from "./classes.ts";

type Secrets = Sink<pulumi.Output<string>>;

/** A component's objects as Pulumi resources. The one place where manifests meet Pulumi. */
class PlatformComponent extends pulumi.ComponentResource {
  readonly children: readonly pulumi.CustomResource[];

  constructor(component: Component, secrets: Secrets, options: pulumi.ComponentResourceOptions) {
    super(component.type, component.name, {}, options);
    const child = ({ object, lifecycle }: Manifest, dependsOn: pulumi.Resource[]): pulumi.CustomResource => {
      const Class = resourceClass(object.apiVersion, object.kind);
      const name = `${component.name}-${object.kind}-${object.metadata.name}`;
      return new Class(name, inputs(object, secrets), { parent: this, dependsOn, ...resourceOptions(lifecycle) });
    };
    const { namespaces, read, workloads, others } = Object.groupBy(component.manifests, ({ object }) => stage(object));
    // A namespace comes before what is in it, and what a pod reads before the pod.
    const first = (namespaces ?? []).map((manifest) => child(manifest, []));
    const then = (read ?? []).map((manifest) => child(manifest, first));
    this.children = [
      ...first,
      ...then,
      ...(others ?? []).map((manifest) => child(manifest, first)),
      ...(workloads ?? []).map((manifest) => child(manifest, [...first, ...then])),
    ];
    this.registerOutputs({ objects: component.manifests.length });
  }
}

/**
 * Registers components in their order, each after those it depends on. Everything has been built and checked before, so
 * that bad input never leaves a half-registered program.
 */
export function register(components: readonly Component[], secrets: Secrets, provider: pulumi.ProviderResource): void {
  const restore = withoutStackTraces();
  const registered = new Map<string, PlatformComponent>();
  for (const component of components) {
    const dependsOn = component.dependsOn.flatMap((name) => registered.get(name) ?? []);
    registered.set(component.name, new PlatformComponent(component, secrets, { provider, dependsOn }));
  }
  const urns = [...registered.values()].flatMap((component) => component.children.map(({ urn }) => urn));
  pulumi.all(urns).apply(restore);
}

/**
 * Each promise of the SDK captures a stack trace, which is half of a large program's time (4,001 registrations took
 * 24.9 s with them and 13.0 s without). They come back when the registrations are through.
 */
function withoutStackTraces(): () => void {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  return () => {
    Error.stackTraceLimit = limit;
  };
}

/** When in its component's life an object is created. */
function stage({ kind }: KubernetesObject): "namespaces" | "read" | "workloads" | "others" {
  switch (kind) {
    case "Namespace":
      return "namespaces";
    case "ConfigMap":
    case "NetworkPolicy":
    case "Secret":
    case "ServiceAccount":
      return "read";
    case "Deployment":
      return "workloads";
    default:
      return "others";
  }
}

function resourceOptions(lifecycle: Manifest["lifecycle"] = {}): pulumi.CustomResourceOptions {
  const { aliases, ignoreChanges, ...flags } = lifecycle;
  return {
    ...flags,
    ...(aliases === undefined ? {} : { aliases: aliases.map((name) => ({ name })) }),
    ...(ignoreChanges === undefined ? {} : { ignoreChanges: [...ignoreChanges] }),
  };
}

/** The object as the SDK takes it: secret expressions become secret outputs, the rest goes in as it is. */
function inputs(object: KubernetesObject, secrets: Secrets): object {
  if (object.kind !== "Secret") return object;
  const values = Object.entries(object.stringData).map(([key, value]) => [
    key,
    isSecret(value) ? evaluate(value, secrets) : value,
  ]);
  return { ...object, stringData: Object.fromEntries(values) as object };
}
