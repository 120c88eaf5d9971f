import { applySetLabel } from "../local/applyset.ts";
import { toYaml } from "../kubernetes/render.ts";
import { UsageError } from "../policies/finding.ts";
import type { Placed, PlainObject } from "../review/change.ts";
import { isRecord } from "../review/compare.ts";
import { isInstalled } from "../review/placed.ts";
import type { Answer, Api } from "./api.ts";
import type { Resource } from "./live-resources.ts";
import { cleaned, discover, identityOf, mapped, pathOf, refusalIn, resourceOf } from "./live-resources.ts";
import type { Place } from "./live-surplus.ts";
import { surplus, surplusVersions } from "./live-surplus.ts";

/** What runs, and what would run if the wanted objects were applied. */
export interface Live {
  readonly before: readonly Placed[];
  readonly after: readonly Placed[];
  /** What the server said to changes that it refuses, by `kind/namespace/name`. */
  readonly refusals: ReadonlyMap<string, string>;
  readonly notes: readonly string[];
}

/**
 * Asks a cluster what runs and, by dry runs of a server-side apply, what would: the server fills in, defaults and refuses as
 * it would in earnest. Values of Secrets are neither read nor sent.
 * @param others what another stack has there, which is not ours to delete
 * @param places where objects are looked for that are no longer wanted
 */
export async function readLive(
  api: Api,
  wanted: readonly Placed[],
  others: readonly Placed[],
  places: readonly Place[],
): Promise<Live> {
  const objects = wanted.filter(({ object }) => !isInstalled(object));
  const resources = await discover(api, [
    ...new Set([...objects.map(({ object }) => object.apiVersion), ...surplusVersions]),
  ]);
  const found = await mapped(objects, (placed) => askAbout(api, placed, resourceOf(resources, placed.object)));
  const known = [...objects, ...others].map(({ object }) => object);
  const unwanted = await surplus(api, resources, known, places);
  const releases = wanted.length - objects.length;
  return {
    before: [...found.flatMap(({ before }) => before ?? []), ...unwanted],
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

interface Found {
  readonly before?: Placed;
  readonly after: Placed;
  readonly refusal?: string;
}

/** What a server says that cannot answer at the moment: nothing about the change. */
const busy: ReadonlySet<number> = new Set([429, 502, 503, 504]);

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
  if (busy.has(answer.status) || /cannot (patch|create) resource/.test(refusalIn(answer))) {
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

function objectIn({ status, body }: Answer, path: string): PlainObject {
  if (status >= 400 || !isRecord(body) || !isRecord(body["metadata"]))
    throw new UsageError(`${path} could not be read: ${refusalIn({ status, body })}`);
  return body as unknown as PlainObject;
}

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
