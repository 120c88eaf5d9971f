import { replicaRange } from "../components/microservice/args.ts";
import type { Component } from "../kubernetes/manifest.ts";
import type { Environment } from "./environment.ts";
import { imageOf } from "./images.ts";
import { runningServices } from "./platform.ts";

/** What an SRE reads off a stack. */
export interface Outputs {
  readonly namespace: string;
  /** Where the platform's API is public. */
  readonly url: string;
  /** Image and replicas of each service that runs. */
  readonly services: Readonly<Record<string, { readonly image: string; readonly replicas: string }>>;
  /** How many Kubernetes objects the stack holds. */
  readonly objects: number;
}

export function outputs(environment: Environment<string>, components: readonly Component[]): Outputs {
  const { data, settings } = environment;
  const services = [...runningServices(environment).keys()].flatMap((name) => {
    const declared = data.services[name];
    if (declared?.kind !== "on") return [];
    const { min, max } = replicaRange(declared.scaling);
    return [
      [name, { image: imageOf(name, settings).reference, replicas: min === max ? `${min}` : `${min}–${max}` }],
    ] as const;
  });
  return {
    namespace: data.namespace,
    url: `https://${settings.domain}`,
    services: Object.fromEntries(services),
    objects: components.reduce((total, { manifests }) => total + manifests.length, 0),
  };
}
