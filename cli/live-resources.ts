import { UsageError } from "../policies/finding.ts";
import type { PlainObject } from "../review/change.ts";
import { isRecord } from "../review/compare.ts";
import { groupOf } from "../review/pair.ts";
import type { Answer, Api } from "./api.ts";

/** How a kind is called in paths. */
export interface Resource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly path: string;
}

/** Requests at the same time. */
const parallel = 8;

/**
 * The kinds that a server has of some API versions, by `apiVersion/kind`; none of a version that it does not have.
 * @throws {UsageError} when it does not say: a kind that nobody was told of is not one that is missing
 */
export async function discover(api: Api, apiVersions: readonly string[]): Promise<ReadonlyMap<string, Resource>> {
  const found = await mapped(apiVersions, async (apiVersion) => {
    const path = groupOf(apiVersion) === "" ? `/api/${apiVersion}` : `/apis/${apiVersion}`;
    const answer = await api({ method: "GET", path });
    if (answer.status >= 400 && answer.status !== 404) {
      throw new UsageError(`${path} does not say which kinds the server has: ${refusalIn(answer)}`);
    }
    const { body } = answer;
    const resources = isRecord(body) && Array.isArray(body["resources"]) ? body["resources"].filter(isRecord) : [];
    return resources
      .filter(({ name }) => typeof name === "string" && !name.includes("/"))
      .map(({ name, kind, namespaced }) => {
        const resource = { name: String(name), kind: String(kind), namespaced: namespaced === true, path };
        return [`${apiVersion}/${resource.kind}`, resource] as const;
      });
  });
  return new Map(found.flat());
}

/** @throws {UsageError} when the server does not have the kind */
export function resourceOf(resources: ReadonlyMap<string, Resource>, { apiVersion, kind }: PlainObject): Resource {
  const resource = resources.get(`${apiVersion}/${kind}`);
  if (resource === undefined) {
    throw new UsageError(
      `The server does not know ${apiVersion} ${kind}. The cluster's own stack provides it; run: pulumi -C cluster up -s <cluster>`,
    );
  }
  return resource;
}

/** The API version that a resource is served in: `v1`, `apps/v1`. */
export function apiVersionOf({ path }: Resource): string {
  return path.replace(/^\/apis?\//, "");
}

/** Path of a kind in the API, in all namespaces without one, or of one object. */
export function pathOf({ path, name, namespaced }: Resource, namespace: string | undefined, object?: string): string {
  const place = namespaced && namespace !== undefined ? `${path}/namespaces/${namespace}/${name}` : `${path}/${name}`;
  return object === undefined ? place : `${place}/${object}`;
}

/** What a server said to a request that it refused. */
export function refusalIn({ status, body }: Answer): string {
  const message = isRecord(body) ? body["message"] : undefined;
  return typeof message === "string" ? message : `status ${status}`;
}

/** What the server keeps for itself: no part of what anybody wants. */
export function cleaned({ metadata, status: _, ...object }: PlainObject): PlainObject {
  const {
    managedFields: _fields,
    resourceVersion: _version,
    uid: _uid,
    generation: _generation,
    creationTimestamp: _created,
    selfLink: _link,
    annotations = {},
    labels = {},
    ...kept
  } = metadata;
  const own = (notes: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(Object.entries(notes).filter(([key]) => !serverNotes.test(key)));
  return { ...object, metadata: { ...kept, labels: own(labels), annotations: own(annotations) } };
}

const serverNotes =
  /^(kubectl\.kubernetes\.io\/last-applied-configuration|deployment\.kubernetes\.io\/revision|deprecated\.daemonset\.template\.generation|applyset\.kubernetes\.io\/part-of)$/;

/** Maps with so many at the same time, in order. */
export async function mapped<A, B>(items: readonly A[], map: (item: A) => Promise<B>): Promise<B[]> {
  const results = new Map<number, B>();
  const entries = items.entries();
  const work = async (): Promise<void> => {
    for (const [index, item] of entries) results.set(index, await map(item));
  };
  await Promise.all(Array.from({ length: Math.min(parallel, items.length) }, work));
  return items.map((_, index) => results.get(index) as B);
}

/** `kind/namespace/name`: what is the same object. The API version may differ between what is wanted and what is there. */
export function identityOf({ kind, metadata }: PlainObject): string {
  return `${kind}/${metadata.namespace ?? ""}/${metadata.name}`;
}
