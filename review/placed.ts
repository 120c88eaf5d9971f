import { loadAll } from "js-yaml";
import type { Component } from "../kubernetes/manifest.ts";
import { canonical } from "../kubernetes/render.ts";
import type { Placed, PlainObject } from "./change.ts";
import { isRecord } from "./compare.ts";

/** The objects of components as a render prints them: plain, sorted, secrets masked. */
export function placedOf(components: readonly Component[]): Placed[] {
  return components.flatMap(({ name, manifests, releases = [], files = [] }) =>
    [
      ...manifests.map(({ object }) => canonical(object)),
      ...files.map((file) => installed(canonical({ kind: "PublishedFile", ...file }))),
      ...releases.map((release) => installed(canonical({ kind: "HelmRelease", ...release }))),
    ].map((object) => ({ component: name, object: object as PlainObject })),
  );
}

/** The objects in the text of a golden file. */
export function placedFrom(component: string, yaml: string): Placed[] {
  return loadAll(yaml)
    .filter(isRecord)
    .map((document) => ({
      component,
      object: isRecord(document["metadata"]) ? (document as unknown as PlainObject) : installed(document),
    }));
}

/** API of what is no object of Kubernetes: Pulumi installs it, and a render prints how. */
const apiVersion = "pulumi.com/v1";

/** Whether only Pulumi can install it: a Helm release, a file that somebody publishes. */
export function isInstalled(object: PlainObject): boolean {
  return object.apiVersion === apiVersion;
}

/** What is no object of Kubernetes in the form of one: its name and namespace are where those of objects are. */
function installed(document: unknown): PlainObject {
  const { kind, name, namespace, ...spec } = document as Readonly<Record<string, unknown>>;
  return {
    apiVersion,
    kind: String(kind),
    metadata: { name: String(name), ...(typeof namespace === "string" ? { namespace } : {}) },
    spec,
  };
}
