import { setImmediate as nextTurn } from "node:timers/promises";
import * as k8s from "@pulumi/kubernetes";
import { CertManager } from "@pulumi/kubernetes-cert-manager";
import * as pulumi from "@pulumi/pulumi";
import type { Component, HelmRelease, KubernetesObject, Manifest } from "../kubernetes/manifest.ts";
import { isSecret } from "../kubernetes/secrets.ts";
import type { Sink } from "../kubernetes/sinks.ts";
import { evaluate } from "../kubernetes/sinks.ts";
import { KubernetesResource } from "./resource.ts";

type Secrets = Sink<pulumi.Output<string>>;

/** A component's objects as Pulumi resources. The one place where manifests meet Pulumi. */
class PlatformComponent extends pulumi.ComponentResource {
  constructor(component: Component, secrets: Secrets, options: pulumi.ComponentResourceOptions) {
    super(component.type, component.name, {}, options);
    const child = ({ object, lifecycle }: Manifest, dependsOn: pulumi.Resource[]): pulumi.CustomResource => {
      const { apiVersion, kind, metadata } = object;
      const options = { parent: this, dependsOn, ...resourceOptions(lifecycle) };
      return new KubernetesResource(
        apiVersion,
        kind,
        `${component.name}-${kind}-${metadata.name}`,
        inputs(object, secrets),
        options,
      );
    };
    const { namespaces, read, workloads, others } = Object.groupBy(component.manifests, ({ object }) => stage(object));
    // A namespace comes before what is in it, and what a pod reads before the pod.
    const first = (namespaces ?? []).map((manifest) => child(manifest, []));
    const then = (read ?? []).map((manifest) => child(manifest, first));
    for (const manifest of others ?? []) child(manifest, first);
    for (const { name, url } of component.files ?? [])
      new k8s.yaml.v2.ConfigFile(name, { file: url }, { parent: this, protect: true, retainOnDelete: true });
    for (const release of component.releases ?? [])
      helmRelease(release, { parent: this, dependsOn: [...first, ...then] });
    for (const manifest of workloads ?? []) child(manifest, [...first, ...then]);
    this.registerOutputs({ objects: component.manifests.length });
  }
}

/** An operator's chart. Waiting for its pods is what makes one `up` enough: its webhooks answer before they are asked. */
function helmRelease(release: HelmRelease, options: pulumi.CustomResourceOptions): pulumi.Resource {
  const { name, namespace, chart, version, repository, values } = release;
  const repositoryOpts = repository === undefined ? {} : { repositoryOpts: { repo: repository } };
  const args = { name, namespace, chart, version, values, atomic: true, ...repositoryOpts };
  return release.through === "kubernetes-cert-manager"
    ? new CertManager(name, { helmOptions: args }, options)
    : new k8s.helm.v3.Release(name, args, options);
}

/**
 * Registers components in their order, each after those it depends on. Everything has been built and checked before, so
 * that bad input never leaves a half-registered program.
 *
 * The SDK prepares a registration in hundreds of small steps, which run when this lets it. It does so after each component:
 * all of them at once would keep every object of the platform half prepared in memory, and 1,000 services took twice the
 * time and 1.4 GB instead of 0.5 GB. No registration is waited for, so the engine still works on all that may go in parallel.
 */
export async function register(
  components: readonly Component[],
  secrets: Secrets,
  provider: pulumi.ProviderResource,
): Promise<void> {
  const registered = new Map<string, PlatformComponent>();
  for (const component of components) {
    const dependsOn = component.dependsOn.flatMap((name) => registered.get(name) ?? []);
    registered.set(component.name, new PlatformComponent(component, secrets, { provider, dependsOn }));
    await nextTurn();
  }
}

/** When in its component's life an object is created. */
function stage({ kind }: KubernetesObject): "namespaces" | "read" | "workloads" | "others" {
  switch (kind) {
    case "Namespace":
      return "namespaces";
    case "Certificate":
    case "ConfigMap":
    case "NetworkPolicy":
    case "Secret":
    case "ServiceAccount":
      return "read";
    case "Cluster":
    case "CronJob":
    case "Database":
    case "DaemonSet":
    case "Deployment":
    case "Job":
    case "Pooler":
    case "ScheduledBackup":
    case "StatefulSet":
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
