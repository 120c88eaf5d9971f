import { createHash } from "node:crypto";
import type { Cluster } from "../cli/kubectl.ts";
import { kubectlOutput } from "../cli/kubectl.ts";
import type { KubernetesObject } from "../kubernetes/manifest.ts";
import { toYaml } from "../kubernetes/render.ts";

/** Label by which the members of a set are known. */
export const applySetLabel = "applyset.kubernetes.io/part-of";

/**
 * A set of objects that belong together, by the labels and annotations of KEP-3659, so that other tools understand them.
 * kubectl's own pruning of such sets asks for every kind in every namespace five times a second, 16 s for an environment,
 * and applies everything twice; here one question tells what is there.
 */
export interface ApplySet {
  readonly name: string;
  /** Where the Secret is that notes which kinds the set has. */
  readonly namespace: string;
  /** Its objects are in all namespaces and in none; otherwise in that of the Secret. */
  readonly everywhere?: true;
}

const kindsAnnotation = "applyset.kubernetes.io/contains-group-kinds";

/** The value of the label, by the formula of KEP-3659. */
export function applySetId({ name, namespace }: ApplySet): string {
  return `applyset-${createHash("sha256").update(`${name}.${namespace}.Secret.`).digest("base64url")}-v1`;
}

/**
 * Notes which kinds a set has, besides those noted before, whose last objects may have to go. Before anything is applied:
 * an interrupted run leaves nothing that the next one would not find.
 */
export async function openSet(cluster: Cluster, set: ApplySet, objects: readonly KubernetesObject[]): Promise<void> {
  const noted = await notedKinds(cluster, set);
  const kinds = kindsOf(objects);
  if (noted === undefined || kinds.some((kind) => !noted.includes(kind)))
    await note(cluster, set, [...new Set([...(noted ?? []), ...kinds])]);
}

/** Deletes the members of a set that are not among its objects. */
export async function closeSet(cluster: Cluster, set: ApplySet, objects: readonly KubernetesObject[]): Promise<void> {
  const noted = (await notedKinds(cluster, set)) ?? [];
  const kinds = kindsOf(objects);
  const wanted = new Set(objects.map(identity));
  const surplus = (await members(cluster, set, noted)).filter((object) => !wanted.has(identity(object)));
  for (const [namespace, gone] of Map.groupBy(surplus, ({ metadata }) => metadata.namespace ?? "")) {
    const names = gone.map((object) => `${groupKind(object)}/${object.metadata.name}`);
    const scope = namespace === "" ? [] : [`--namespace=${namespace}`];
    await kubectlOutput(cluster, ["delete", ...names, ...scope, "--ignore-not-found", "--wait=false"]);
  }
  if (noted.some((kind) => !kinds.includes(kind))) await note(cluster, set, kinds);
}

/** Deletes every object of a set, and the set. Does nothing when there is none. */
export async function deleteSet(cluster: Cluster, set: ApplySet): Promise<void> {
  const kinds = await notedKinds(cluster, set);
  if (kinds === undefined) return;
  const options = [`--namespace=${set.namespace}`, "--wait", "--ignore-not-found"];
  if (kinds.length > 0) await kubectlOutput(cluster, ["delete", kinds.join(), selector(set), ...options]);
  await kubectlOutput(cluster, ["delete", "secret", set.name, ...options]);
}

/**
 * The kinds that are noted; undefined when the set does not exist.
 * @throws {UsageError} when the server cannot be asked: what is taken for no set would be forgotten, and never deleted
 */
async function notedKinds(cluster: Cluster, { name, namespace }: ApplySet): Promise<readonly string[] | undefined> {
  const args = ["get", "secret", name, `--namespace=${namespace}`, "--ignore-not-found", "-o", "json"];
  const answer = await kubectlOutput(cluster, args);
  if (answer.trim() === "") return undefined;
  const { metadata } = JSON.parse(answer) as KubernetesObject;
  return (metadata.annotations?.[kindsAnnotation] ?? "").split(",").filter((kind) => kind !== "");
}

async function note(cluster: Cluster, set: ApplySet, kinds: readonly string[]): Promise<void> {
  const parent = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name: set.name,
      namespace: set.namespace,
      labels: { "applyset.kubernetes.io/id": applySetId(set) },
      annotations: { "applyset.kubernetes.io/tooling": "suoke/v1", [kindsAnnotation]: [...kinds].sort().join() },
    },
  };
  const options = ["--server-side", "--force-conflicts", "--field-manager=suoke", "-f", "-"];
  await kubectlOutput(cluster, ["apply", ...options], toYaml(parent));
}

async function members(
  cluster: Cluster,
  set: ApplySet,
  kinds: readonly string[],
): Promise<readonly KubernetesObject[]> {
  if (kinds.length === 0) return [];
  const scope = set.everywhere ? "--all-namespaces" : `--namespace=${set.namespace}`;
  const answer = await kubectlOutput(cluster, ["get", kinds.join(), selector(set), scope, "-o", "json"]);
  const { items } = JSON.parse(answer) as { items: readonly Owned[] };
  // A controller gives what it makes the labels of what it makes it for, as EndpointSlices have those of their Service.
  return items.filter(({ metadata }) => metadata.ownerReferences === undefined);
}

type Owned = KubernetesObject & { readonly metadata: { readonly ownerReferences?: readonly object[] } };

function selector(set: ApplySet): string {
  return `--selector=${applySetLabel}=${applySetId(set)}`;
}

function kindsOf(objects: readonly KubernetesObject[]): string[] {
  return [...new Set(objects.map(groupKind))];
}

/** A kind as KEP-3659 and kubectl write it: `Deployment.apps`, `Secret`. */
function groupKind({ kind, apiVersion }: KubernetesObject): string {
  const [, group] = apiVersion.split("/").reverse();
  return group === undefined ? kind : `${kind}.${group}`;
}

function identity(object: KubernetesObject): string {
  return `${groupKind(object)} ${object.metadata.namespace ?? ""} ${object.metadata.name}`;
}
