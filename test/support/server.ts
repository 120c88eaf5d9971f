import { kubectl, kubectlOutput } from "../../cli/kubectl.ts";
import type { Cluster } from "../../cli/kubectl.ts";
import type { Component, KubernetesObject } from "../../kubernetes/manifest.ts";
import { toYaml } from "../../kubernetes/render.ts";
import { clusterAdmin } from "../../local/control-plane.ts";
import { applyComponents } from "../../local/kubectl-engine.ts";
import { silent } from "../../local/progress.ts";
import { environmentSet } from "../../local/up.ts";
import type { EnvironmentName } from "../../stacks/environment.ts";
import { environments } from "../../stacks/load.ts";
import { testInstance } from "./cluster.ts";
import { canaryValue } from "./secrets.ts";

/** The test cluster as its administrator. */
export const admin: Cluster = clusterAdmin(testInstance);

/** The test cluster as the deployer of an environment. */
export function deployer(environment: EnvironmentName): Cluster {
  return { ...admin, context: environments[environment].namespace };
}

/** Applies components as the environment's deployer, with rollouts, and prunes. */
export function applyAsDeployer(
  environment: EnvironmentName,
  components: readonly Component[],
  limit = 240,
): Promise<void> {
  const set = environmentSet(environments[environment].namespace);
  return applyComponents({
    cluster: deployer(environment),
    components,
    set,
    secret: canaryValue,
    limit,
    progress: silent,
  });
}

/** Whatever kubectl prints as JSON. */
export async function getJson<T>(cluster: Cluster, ...args: readonly string[]): Promise<T> {
  return JSON.parse(await kubectlOutput(cluster, ["get", ...args, "-o", "json"])) as T;
}

/** What the server says to an object: nothing when it takes it. The object is not kept. */
export async function refusal(cluster: Cluster, object: object): Promise<string> {
  const { code, stderr } = await kubectl(cluster, ["create", "--dry-run=server", "-f", "-"], toYaml(object));
  return code === 0 ? "" : stderr;
}

/** `resourceVersion` of every object, which the server raises with each change. */
export async function versions(
  environment: EnvironmentName,
  objects: readonly KubernetesObject[],
): Promise<Map<string, string>> {
  const kinds = [...new Set(objects.map(({ kind }) => kind))].join(",");
  const { items } = await getJson<{
    items: {
      kind: string;
      metadata: {
        name: string;
        resourceVersion: string;
        creationTimestamp: string;
        generation?: number;
        ownerReferences?: readonly unknown[];
      };
    }[];
  }>(deployer(environment), kinds);
  // What a controller has made, such as the Job of a CronJob whose time has come, is not ours.
  const ours = items.filter(({ metadata }) => metadata.ownerReferences === undefined);
  return new Map(
    ours.map(({ kind, metadata }) => [
      `${kind} ${metadata.name}`,
      // A claim changes by itself, when a pod needs it and it is bound.
      kind === "PersistentVolumeClaim"
        ? metadata.creationTimestamp
        : String(metadata.generation ?? metadata.resourceVersion),
    ]),
  );
}
