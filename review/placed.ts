import { loadAll } from "js-yaml";
import type { Component, HelmRelease } from "../kubernetes/manifest.ts";
import { canonical } from "../kubernetes/render.ts";
import type { Placed, PlainObject } from "./change.ts";
import { isRecord } from "./compare.ts";

/** The objects of components as a render prints them: plain, sorted, secrets masked. */
export function placedOf(components: readonly Component[]): Placed[] {
  return components.flatMap(({ name, manifests, releases = [] }) => [
    ...manifests.map(({ object }) => ({ component: name, object: canonical(object) as PlainObject })),
    ...releases.map((release) => ({ component: name, object: releaseObject(canonical(release) as HelmRelease) })),
  ]);
}

/** The objects in the text of a golden file. */
export function placedFrom(component: string, yaml: string): Placed[] {
  return loadAll(yaml)
    .filter(isRecord)
    .map((document) => ({
      component,
      object:
        document["kind"] === "HelmRelease"
          ? releaseObject(document as unknown as HelmRelease)
          : (document as PlainObject),
    }));
}

/** A Helm release in the form of an object: its name and namespace are where those of objects are. */
function releaseObject({ name, namespace, chart, version, repository, values }: HelmRelease): PlainObject {
  return {
    apiVersion: "helm.sh/v3",
    kind: "HelmRelease",
    metadata: { name, namespace },
    spec: { chart, version, ...(repository === undefined ? {} : { repository }), values },
  };
}
