/** Registers an environment of so many services under the SDK's mocks, in one of two ways, and prints the seconds as JSON. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { register } from "../components/component.ts";
import { withoutStackTraces } from "../components/program.ts";
import { pulumiSecrets } from "../components/pulumi-secrets.ts";
import type { Component, KubernetesObject } from "../kubernetes/manifest.ts";
import { isSecret } from "../kubernetes/secrets.ts";
import type { Sink } from "../kubernetes/sinks.ts";
import { evaluate } from "../kubernetes/sinks.ts";
import { platform } from "../stacks/platform.ts";
import { environmentOf, servicesAlone } from "./environment.ts";
import { seconds } from "./measure.ts";

type ResourceClass = new (name: string, args: never, options: pulumi.CustomResourceOptions) => pulumi.CustomResource;
const classes: Readonly<Record<string, ResourceClass>> = {
  ConfigMap: k8s.core.v1.ConfigMap,
  Deployment: k8s.apps.v1.Deployment,
  HorizontalPodAutoscaler: k8s.autoscaling.v2.HorizontalPodAutoscaler,
  NetworkPolicy: k8s.networking.v1.NetworkPolicy,
  PodDisruptionBudget: k8s.policy.v1.PodDisruptionBudget,
  Secret: k8s.core.v1.Secret,
  Service: k8s.core.v1.Service,
  ServiceAccount: k8s.core.v1.ServiceAccount,
};

const [way = "", size = ""] = process.argv.slice(2);
let registrations = 0;
await pulumi.runtime.setMocks(
  {
    newResource: ({ name, inputs }) => {
      registrations += 1;
      return { id: `${name}-id`, state: inputs as object };
    },
    call: ({ inputs }) => inputs as Record<string, unknown>,
  },
  "suoke-life",
  "bench",
  false,
);
const components = platform(servicesAlone(environmentOf(Number(size))));
const taken = await seconds(async () => {
  const provider = new k8s.Provider("kubernetes", { context: "bench" });
  const secrets = pulumiSecrets({}, new random.Provider("random"));
  if (way === "ours") {
    withoutStackTraces();
    await register(components, secrets, provider);
  } else {
    naive(components, secrets, provider);
  }
  await pulumi.runtime.disconnect();
});
const peak = Math.round(process.resourceUsage().maxRSS / 1024);
process.stdout.write(JSON.stringify({ seconds: taken, registrations, peakMB: peak }));

/** The same program as one would write it: a component per service, a `new k8s.…` per object, nothing done for speed. */
function naive(all: readonly Component[], secrets: Sink<pulumi.Output<string>>, provider: k8s.Provider): void {
  const made = new Map<string, pulumi.ComponentResource>();
  for (const { type, name, dependsOn, manifests } of all) {
    const after = dependsOn.flatMap((dependency) => made.get(dependency) ?? []);
    const parent = new pulumi.ComponentResource(type, name, {}, { provider, dependsOn: after });
    made.set(name, parent);
    const first: pulumi.Resource[] = [];
    for (const { object } of manifests) {
      const Class = classes[object.kind];
      if (Class === undefined) throw new Error(`The benchmark has no class for ${object.kind}.`);
      const options = { parent, dependsOn: object.kind === "Deployment" ? first : [] };
      const resource = new Class(
        `${name}-${object.kind}-${object.metadata.name}`,
        inputs(object, secrets) as never,
        options,
      );
      if (["ConfigMap", "NetworkPolicy", "Secret", "ServiceAccount"].includes(object.kind)) first.push(resource);
    }
  }
}

function inputs(object: KubernetesObject, secrets: Sink<pulumi.Output<string>>): object {
  if (object.kind !== "Secret") return object;
  const values = Object.entries(object.stringData).map(([key, value]) => [
    key,
    isSecret(value) ? evaluate(value, secrets) : value,
  ]);
  return { ...object, stringData: Object.fromEntries(values) as object };
}
