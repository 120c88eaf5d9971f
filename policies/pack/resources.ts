import type { Component, Exemption, KubernetesObject, Manifest, Metadata } from "../../kubernetes/manifest.ts";
import { describeObject } from "../../kubernetes/manifest.ts";

/** A resource, as the engine tells of it. */
export interface Resource {
  readonly type: string;
  readonly urn: string;
  /** Reading a value that is not known before an update throws. */
  readonly props: object;
  readonly opts: { readonly protect?: boolean };
  readonly parent?: Resource;
}

/** What a stack is to consist of, in the form that the rules read. */
export interface Read {
  readonly components: readonly Component[];
  /** `Deployment auth-service` → URN */
  readonly urns: ReadonlyMap<string, string>;
  /** URNs with the paths of what is not known yet. Values of Secrets are not among them: no rule looks at those. */
  readonly unknown: ReadonlyMap<string, readonly string[]>;
}

/**
 * Kubernetes objects among the resources of a stack, each in the component that has registered it. The values of Secrets are
 * left behind: what rules see ends in messages.
 * @param declared components as the repository declares them, for their exemptions, and for keys that are not known yet
 */
export function readResources(resources: readonly Resource[], declared: readonly Component[]): Read {
  const known = new Map(declared.map((component) => [component.name, component]));
  const urns = new Map<string, string>();
  const unknown = new Map<string, readonly string[]>();
  const found = Map.groupBy(
    resources.flatMap((resource) => {
      const owner = ownerOf(resource);
      const { object, paths } = objectOf(resource, known.get(owner?.name ?? ""));
      if (object === undefined) return [];
      urns.set(describeObject(object), resource.urn);
      if (paths.length > 0) unknown.set(resource.urn, paths);
      const manifest: Manifest = { object, lifecycle: { protect: resource.opts.protect === true } };
      return [{ owner, manifest }];
    }),
    ({ owner }) => owner?.name ?? "",
  );
  const components = [...found].map(([name, all]): Component => {
    const exemptions: readonly Exemption[] = known.get(name)?.exemptions ?? [];
    const type = all[0]?.owner?.type ?? "suoke:unknown:Component";
    return { type, name, manifests: all.map(({ manifest }) => manifest), exemptions, dependsOn: [] };
  });
  return { components, urns, unknown };
}

interface Owner {
  readonly type: Component["type"];
  readonly name: string;
}

const isComponent = (type: string): type is Component["type"] => type.startsWith("suoke:");

/** The component of the platform that a resource belongs to. */
function ownerOf({ type, urn, parent }: Resource): Owner | undefined {
  if (isComponent(type)) return { type, name: nameOf(urn) };
  return parent === undefined ? undefined : ownerOf(parent);
}

/** The last part of a URN: the name that the program gave. */
export function nameOf(urn: string): string {
  return urn.slice(urn.lastIndexOf("::") + 2);
}

function objectOf(
  { type, props }: Resource,
  declared: Component | undefined,
): { readonly object?: KubernetesObject; readonly paths: readonly string[] } {
  if (!type.startsWith("kubernetes:")) return { paths: [] };
  const paths: string[] = [];
  const isSecret = type === "kubernetes:core/v1:Secret";
  const copy = Object.fromEntries(
    Object.keys(props)
      .filter((key) => !isSecret || !["data", "stringData"].includes(key))
      .flatMap((key) => entry(props, key, "", paths)),
  );
  if (!isObject(copy)) return { paths: [] };
  if (!isSecret) return { object: copy, paths };
  const same = declared?.manifests.map(({ object }) => object).find(({ metadata }) => isSame(metadata, copy.metadata));
  const keys = secretKeys(props) ?? (same?.kind === "Secret" ? Object.keys(same.stringData) : []);
  return {
    object: { ...copy, stringData: Object.fromEntries(keys.map((key) => [key, ""])) } as KubernetesObject,
    paths,
  };
}

const isSame = (a: Metadata, b: Metadata): boolean => a.name === b.name && a.namespace === b.namespace;

/** A release of a chart, for one, is a resource of the provider and no object. */
function isObject(copy: object): copy is KubernetesObject {
  const { apiVersion, kind, metadata } = copy as Partial<KubernetesObject>;
  return typeof apiVersion === "string" && typeof kind === "string" && typeof metadata?.name === "string";
}

/** Names of a Secret's values; nothing when they are not known yet. */
function secretKeys(props: object): string[] | undefined {
  const keys: string[] = [];
  for (const field of ["data", "stringData"]) {
    const values = read(props, field);
    if (values === unknownValue) return undefined;
    if (typeof values === "object" && values !== null) keys.push(...Object.keys(values));
  }
  return keys;
}

const unknownValue = Symbol("unknown");

/** @returns `unknownValue` for what the SDK refuses to read because it is made by the update */
function read(from: object, key: string): unknown {
  try {
    return Reflect.get(from, key);
  } catch (error) {
    if (error instanceof Error && error.message.includes("can't be known during preview")) return unknownValue;
    throw error;
  }
}

/** A field with all below it, copied; nothing for what is not known. */
function entry(from: object, key: string, path: string, unknown: string[]): (readonly [string, unknown])[] {
  const value = read(from, key);
  const at = path === "" ? key : `${path}.${key}`;
  if (value === unknownValue) {
    unknown.push(at);
    return [];
  }
  if (typeof value !== "object" || value === null) return [[key, value]];
  const below = Object.keys(value).flatMap((each) => entry(value, each, at, unknown));
  return [[key, Array.isArray(value) ? below.map(([, each]) => each) : Object.fromEntries(below)]];
}
