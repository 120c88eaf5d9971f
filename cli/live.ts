import { applySetLabel } from "../local/applyset.ts";
import { toYaml } from "../kubernetes/render.ts";
import { UsageError } from "../policies/finding.ts";
import type { Placed, PlainObject } from "../review/change.ts";
import { isRecord } from "../review/compare.ts";
import { groupOf } from "../review/pair.ts";
import { isInstalled } from "../review/placed.ts";
import type { Answer, Api } from "./api.ts";

/** What runs, and what would run if the wanted objects were applied. */
export interface Live {
  readonly before: readonly Placed[];
  readonly after: readonly Placed[];
  /** What the server said to changes that it refuses, by `kind/namespace/name`. */
  readonly refusals: ReadonlyMap<string, string>;
  readonly notes: readonly string[];
}

/** How a kind is called in paths. */
interface Resource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly path: string;
}

/** Requests at the same time. */
const parallel = 8;

/**
 * Asks a cluster what runs and, by dry runs of a server-side apply, what would: the server fills in, defaults and refuses as
 * it would in earnest. Values of Secrets are neither read nor sent.
 * @param others what another stack has there, which is not ours to delete
 * @param namespace where objects are looked for that are no longer wanted; cluster-scoped kinds alone when absent
 */
export async function readLive(
  api: Api,
  wanted: readonly Placed[],
  others: readonly Placed[],
  namespace: string | undefined,
): Promise<Live> {
  const objects = wanted.filter(({ object }) => !isInstalled(object));
  const resources = await discover(api, [...new Set([...objects.map(({ object }) => object.apiVersion), ...always])]);
  const found = await mapped(objects, (placed) => askAbout(api, placed, resourceOf(resources, placed.object)));
  const known = new Set([...objects, ...others].map(({ object }) => identityOf(object)));
  const listed = await mapped(listable(resources, namespace), (resource) => list(api, resource, namespace));
  const surplus = listed
    .flat()
    .filter((object) => !known.has(identityOf(object)))
    .map((object) => ({
      component: object.metadata.labels?.["app.kubernetes.io/name"] ?? object.metadata.name,
      object,
    }));
  const releases = wanted.length - objects.length;
  return {
    before: [...found.flatMap(({ before }) => before ?? []), ...surplus],
    after: found.flatMap(({ after }) => after),
    refusals: new Map(
      found.flatMap(({ refusal, after }) =>
        refusal === undefined ? [] : [[identityOf(after.object), refusal] as const],
      ),
    ),
    notes: [
      "Values of Secrets are not read, and not compared; nor are Secrets looked for that are no longer wanted.",
      ...(releases === 0
        ? []
        : [`Helm releases and published files (${releases}) are not looked at: only Pulumi knows them.`]),
    ],
  };
}

export function identityOf({ kind, metadata }: PlainObject): string {
  return `${kind}/${metadata.namespace ?? ""}/${metadata.name}`;
}

interface Found {
  readonly before?: Placed;
  readonly after: Placed;
  readonly refusal?: string;
}

async function askAbout(api: Api, placed: Placed, resource: Resource): Promise<Found> {
  const { component, object } = placed;
  if (object.kind === "Secret") return await askAboutSecret(api, placed, resource);
  const path = pathOf(resource, object.metadata.namespace, object.metadata.name);
  const got = await api({ method: "GET", path });
  const before = got.status === 404 ? undefined : { component, object: cleaned(objectIn(got, path)) };
  const set = got.status === 404 ? undefined : objectIn(got, path).metadata.labels?.[applySetLabel];
  const manager = got.status === 404 ? defaultManager : managerOf(objectIn(got, path));
  const answer = await api({
    method: "PATCH",
    path: `${path}?dryRun=All&force=true&fieldValidation=Strict&fieldManager=${encodeURIComponent(manager)}`,
    type: "application/apply-patch+yaml",
    body: toYaml(inSet(object, set)),
  });
  if (/cannot (patch|create) resource/.test(refusalIn(answer))) {
    throw new UsageError(`What would change in ${path} could not be asked: ${refusalIn(answer)}`);
  }
  const refusal = answer.status >= 400 ? refusalIn(answer) : undefined;
  const after = refusal === undefined ? cleaned(objectIn(answer, path)) : overlaid(before?.object, object);
  return {
    ...(before === undefined ? {} : { before }),
    after: { component, object: after },
    ...(refusal === undefined ? {} : { refusal }),
  };
}

/** Whether a Secret is there. Its value is not sent: a dry run that creates another of the name is refused where it is. */
async function askAboutSecret(api: Api, { component, object }: Placed, resource: Resource): Promise<Found> {
  const { apiVersion, kind, metadata } = object;
  const bare = { apiVersion, kind, metadata };
  const answer = await api({
    method: "POST",
    path: `${pathOf(resource, metadata.namespace)}?dryRun=All`,
    type: "application/json",
    body: JSON.stringify(bare),
  });
  if (answer.status < 300) return { after: { component, object: bare } };
  if (answer.status === 409) return { before: { component, object: bare }, after: { component, object: bare } };
  throw new UsageError(`Whether Secret ${metadata.name} exists could not be asked: ${refusalIn(answer)}`);
}

/** The manager that `make up` applies as, and that objects of nobody are taken to have. */
const defaultManager = "suoke";

/** As whom an object is applied: what its manager no longer wants is taken away. Pulumi has one for each object. */
function managerOf({ metadata }: PlainObject): string {
  const entries = Array.isArray(metadata["managedFields"]) ? metadata["managedFields"].filter(isRecord) : [];
  const ours = entries.find(
    ({ manager, operation }) => operation === "Apply" && /^(suoke$|pulumi-kubernetes)/.test(String(manager)),
  );
  return typeof ours?.["manager"] === "string" ? ours["manager"] : defaultManager;
}

/** An object with the label by which kubectl knows its set, which is no part of what is wanted. */
function inSet(object: PlainObject, set: string | undefined): PlainObject {
  const { metadata } = object;
  return set === undefined
    ? object
    : { ...object, metadata: { ...metadata, labels: { ...metadata.labels, [applySetLabel]: set } } };
}

/** Kinds of environments that may be there although nothing of them is wanted any more. */
const always = ["v1", "apps/v1", "batch/v1", "autoscaling/v2", "networking.k8s.io/v1", "policy/v1"];
const looked = new Set([
  ...["ConfigMap", "CronJob", "DaemonSet", "Deployment", "HorizontalPodAutoscaler", "Job", "NetworkPolicy"],
  ...["PersistentVolumeClaim", "PodDisruptionBudget", "Service", "ServiceAccount", "StatefulSet"],
]);

function listable(resources: ReadonlyMap<string, Resource>, namespace: string | undefined): Resource[] {
  const builtIn = new Set(always);
  return [...resources].flatMap(([id, resource]) => {
    const apiVersion = id.slice(0, id.lastIndexOf("/"));
    const relevant = !builtIn.has(apiVersion) || looked.has(resource.kind);
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

function apiVersionOf({ path }: Resource): string {
  return path.replace(/^\/apis?\//, "");
}

async function discover(api: Api, apiVersions: readonly string[]): Promise<ReadonlyMap<string, Resource>> {
  const found = await mapped(apiVersions, async (apiVersion) => {
    const path = groupOf(apiVersion) === "" ? `/api/${apiVersion}` : `/apis/${apiVersion}`;
    const { body } = await api({ method: "GET", path });
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

function resourceOf(resources: ReadonlyMap<string, Resource>, { apiVersion, kind }: PlainObject): Resource {
  const resource = resources.get(`${apiVersion}/${kind}`);
  if (resource === undefined) {
    throw new UsageError(
      `The server does not know ${apiVersion} ${kind}. The cluster's own stack provides it; run: pulumi -C cluster up -s <cluster>`,
    );
  }
  return resource;
}

function pathOf({ path, name, namespaced }: Resource, namespace: string | undefined, object?: string): string {
  const place = namespaced && namespace !== undefined ? `${path}/namespaces/${namespace}/${name}` : `${path}/${name}`;
  return object === undefined ? place : `${place}/${object}`;
}

function objectIn({ status, body }: Answer, path: string): PlainObject {
  if (status >= 400 || !isRecord(body) || !isRecord(body["metadata"]))
    throw new UsageError(`${path} could not be read: ${refusalIn({ status, body })}`);
  return body as unknown as PlainObject;
}

function refusalIn({ status, body }: Answer): string {
  const message = isRecord(body) ? body["message"] : undefined;
  return typeof message === "string" ? message : `status ${status}`;
}

/** What the server keeps for itself: no part of what anybody wants. */
function cleaned({ metadata, status: _, ...object }: PlainObject): PlainObject {
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

/** What an object would be if the server took a change that it refuses: what is there, with what is wanted on top. */
function overlaid(before: PlainObject | undefined, wanted: PlainObject): PlainObject {
  const merge = (under: unknown, over: unknown): unknown =>
    isRecord(under) && isRecord(over)
      ? Object.fromEntries(
          [...new Set([...Object.keys(under), ...Object.keys(over)])].map((key) => [
            key,
            key in over ? merge(under[key], over[key]) : under[key],
          ]),
        )
      : Array.isArray(under) && Array.isArray(over) && under.length === over.length
        ? over.map((each, index) => merge(under[index], each))
        : over;
  return before === undefined ? wanted : (merge(before, wanted) as PlainObject);
}

/** Maps with so many at the same time, in order. */
async function mapped<A, B>(items: readonly A[], map: (item: A) => Promise<B>): Promise<B[]> {
  const results = new Map<number, B>();
  const entries = items.entries();
  const work = async (): Promise<void> => {
    for (const [index, item] of entries) results.set(index, await map(item));
  };
  await Promise.all(Array.from({ length: Math.min(parallel, items.length) }, work));
  return items.map((_, index) => results.get(index) as B);
}
