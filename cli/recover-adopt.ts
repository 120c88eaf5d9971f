import type { KubernetesObject } from "../kubernetes/manifest.ts";
import { UsageError } from "../policies/finding.ts";
import type { PlainObject } from "../review/change.ts";
import { isRecord } from "../review/compare.ts";
import type { Api } from "./api.ts";
import { discover, mapped, pathOf, refusalIn, resourceOf } from "./live-resources.ts";

/**
 * Variables of the one `up` that takes over what a cluster has. Its objects exist already; and each has fields that the server
 * completed under the name of the lost state's manager, so that taking them over conflicts although no value differs.
 */
export const adopting = { PULUMI_K8S_UPSERT_EXISTING_OBJECTS: "true", PULUMI_K8S_ENABLE_PATCH_FORCE: "true" };

/**
 * Takes the fields of objects from the managers that only a lost state knew, once another manager of Pulumi's has them. With
 * two, the next change of an object would be a conflict, and a field that is no longer wanted would stay.
 * @returns how many objects had such managers
 */
export async function releaseLostManagers(api: Api, objects: readonly KubernetesObject[]): Promise<number> {
  const resources = await discover(api, [...new Set(objects.map(({ apiVersion }) => apiVersion))]);
  const released = await mapped(objects, async (object) => {
    const { namespace, name } = object.metadata;
    const path = pathOf(resourceOf(resources, object as PlainObject), namespace, name);
    const got = await api({ method: "GET", path });
    if (got.status === 404) return false;
    const metadata = isRecord(got.body) ? got.body["metadata"] : undefined;
    if (!isRecord(metadata)) throw new UsageError(`${path} could not be read: ${refusalIn(got)}`);
    const kept = withoutLost(metadata["managedFields"]);
    if (kept === undefined) return false;
    const patch = [
      { op: "test", path: "/metadata/resourceVersion", value: metadata["resourceVersion"] },
      { op: "replace", path: "/metadata/managedFields", value: kept },
    ];
    const type = "application/json-patch+json";
    const said = await api({ method: "PATCH", path, type, body: JSON.stringify(patch) });
    if (said.status >= 400) throw new UsageError(`The managers of ${path} could not be changed: ${refusalIn(said)}`);
    return true;
  });
  return released.filter(Boolean).length;
}

/**
 * The entries of an object's managers without those of a lost state: of Pulumi's, the one that applied last is the one that its
 * state knows now.
 * @returns nothing when there is nothing to take away
 */
export function withoutLost(managedFields: unknown): readonly unknown[] | undefined {
  if (!Array.isArray(managedFields)) return undefined;
  const ofPulumi = managedFields
    .filter(isRecord)
    .filter(({ manager, subresource }) => /^pulumi-kubernetes/.test(String(manager)) && subresource === undefined);
  const last = ofPulumi
    .filter(({ operation }) => operation === "Apply")
    .sort((one, other) => String(one["time"]).localeCompare(String(other["time"])))
    .at(-1);
  const lost: readonly unknown[] = ofPulumi.filter((entry) => entry !== last);
  if (last === undefined || lost.length === 0) return undefined;
  return (managedFields as readonly unknown[]).filter((entry) => !lost.includes(entry));
}
