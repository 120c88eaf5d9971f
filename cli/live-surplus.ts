import { UsageError } from "../policies/finding.ts";
import type { Placed, PlainObject } from "../review/change.ts";
import { isRecord } from "../review/compare.ts";
import type { Api } from "./api.ts";
import type { Resource } from "./live-resources.ts";
import { apiVersionOf, cleaned, identityOf, mapped, pathOf, refusalIn } from "./live-resources.ts";

/** Where objects are looked for that are no longer wanted. */
export interface Place {
  /** What is in no namespace when absent. */
  readonly namespace?: string;
  /** Only these; unless given all kinds that a stack may have left there. */
  readonly kinds?: readonly string[];
}

/** API versions whose objects may be there although nothing of them is wanted any more. */
export const surplusVersions = ["v1", "apps/v1", "batch/v1", "autoscaling/v2", "networking.k8s.io/v1", "policy/v1"];
/** Of them, the kinds that stacks have. */
const looked = new Set([
  ...["ConfigMap", "CronJob", "DaemonSet", "Deployment", "HorizontalPodAutoscaler", "Job", "NetworkPolicy"],
  ...["PersistentVolumeClaim", "PodDisruptionBudget", "Service", "ServiceAccount", "StatefulSet"],
  ...["LimitRange", "Namespace", "ResourceQuota"],
]);

/**
 * Objects of ours that are there and that nobody wants.
 * @param wanted what is wanted there, by whatever stack
 */
export async function surplus(
  api: Api,
  resources: ReadonlyMap<string, Resource>,
  wanted: readonly PlainObject[],
  places: readonly Place[],
): Promise<Placed[]> {
  const known = new Set(wanted.map(identityOf));
  const claims = claimsOf(wanted);
  const lists = places.flatMap((place) => listable(resources, place).map((resource) => ({ resource, ...place })));
  const listed = await mapped(lists, ({ resource, namespace }) => list(api, resource, namespace));
  return listed
    .flat()
    .filter((object) => !known.has(identityOf(object)) && !claims.some((claim) => claim.test(identityOf(object))))
    .map((object) => ({
      component: object.metadata.labels?.["app.kubernetes.io/name"] ?? object.metadata.name,
      object,
    }));
}

/** The claims that StatefulSets make for their pods: nobody names them, and they are wanted as long as the set is. */
function claimsOf(wanted: readonly PlainObject[]): RegExp[] {
  return wanted.flatMap(({ kind, metadata, spec }) => {
    if (kind !== "StatefulSet" || !isRecord(spec) || !Array.isArray(spec["volumeClaimTemplates"])) return [];
    return spec["volumeClaimTemplates"].filter(isRecord).map((template) => {
      const name = isRecord(template["metadata"]) ? String(template["metadata"]["name"]) : "";
      const prefix = `PersistentVolumeClaim/${metadata.namespace ?? ""}/${name}-${metadata.name}-`;
      return new RegExp(`^${RegExp.escape(prefix)}[0-9]+$`);
    });
  });
}

function listable(resources: ReadonlyMap<string, Resource>, { namespace, kinds }: Place): Resource[] {
  const builtIn = new Set(surplusVersions);
  return [...resources].flatMap(([id, resource]) => {
    const apiVersion = id.slice(0, id.lastIndexOf("/"));
    const relevant = kinds?.includes(resource.kind) ?? (!builtIn.has(apiVersion) || looked.has(resource.kind));
    return relevant && resource.namespaced === (namespace !== undefined) ? [resource] : [];
  });
}

async function list(api: Api, resource: Resource, namespace: string | undefined): Promise<PlainObject[]> {
  const selector = encodeURIComponent("app.kubernetes.io/managed-by=suoke");
  const path = `${pathOf(resource, namespace)}?labelSelector=${selector}`;
  const answer = await api({ method: "GET", path });
  // What may not be read has not been written by whoever asks, or is not served in this way.
  if ([403, 404, 405].includes(answer.status)) return [];
  const items = isRecord(answer.body) ? answer.body["items"] : undefined;
  if (!Array.isArray(items)) throw new UsageError(`${path} could not be listed: ${refusalIn(answer)}`);
  return items.flatMap((item: object) => {
    // Items of a list do not say what they are.
    const object = cleaned({ apiVersion: apiVersionOf(resource), kind: resource.kind, ...item } as PlainObject);
    return object.metadata["ownerReferences"] === undefined ? [object] : [];
  });
}
