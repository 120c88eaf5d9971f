/* eslint-disable @typescript-eslint/no-explicit-any --
   These changes make objects that the types forbid. */
import type { KubernetesObject, ObjectOf } from "../../../kubernetes/manifest.ts";
import type { PodSpec } from "../../../policies/pods.ts";
import { podsOf } from "../../../policies/pods.ts";

export type Container = PodSpec["containers"][number];

/** A change that makes the platform weaker. */
export interface Mutation {
  readonly name: string;
  /**
   * The places of an object where it can be made. Each is made on a copy of its own.
   * Nothing for an object that has none.
   */
  readonly sites: (object: KubernetesObject) => readonly Site[];
}

export interface Site {
  readonly at: string;
  /** Changes a copy of the object. */
  readonly change: (copy: KubernetesObject) => void;
}

const templates = ["CronJob", "DaemonSet", "Deployment", "Job", "StatefulSet"];

/** What tests may change and builders may not. */
export type Loose<T> = { -readonly [Key in keyof T]?: any };

function podOf(object: KubernetesObject): Loose<PodSpec> {
  const spec = podsOf(object)?.spec;
  if (spec === undefined) throw new Error("The object has no pods.");
  return spec;
}

export function pod(
  name: string,
  change: (spec: Loose<PodSpec>, object: KubernetesObject) => void,
  has: (spec: PodSpec) => boolean = () => true,
): Mutation {
  return {
    name,
    sites: (object) => {
      const spec = templates.includes(object.kind) ? podsOf(object)?.spec : undefined;
      return spec !== undefined && has(spec) ? [{ at: "pod", change: (copy) => change(podOf(copy), copy) }] : [];
    },
  };
}

/** A change of each container by itself, those that run first included. */
export function container(
  name: string,
  change: (container: Loose<Container>) => void,
  has: (container: Container, object: KubernetesObject) => boolean = () => true,
): Mutation {
  return {
    name,
    sites: (object) => {
      const spec = templates.includes(object.kind) ? podsOf(object)?.spec : undefined;
      if (spec === undefined) return [];
      return (["initContainers", "containers"] as const).flatMap((list) =>
        (spec[list] ?? []).flatMap((each, index) =>
          has(each, object)
            ? [
                {
                  at: each.name,
                  change: (copy: KubernetesObject) => change((podOf(copy)[list] as Container[])[index] ?? {}),
                },
              ]
            : [],
        ),
      );
    },
  };
}

export function object<Kind extends KubernetesObject["kind"]>(
  kind: Kind,
  name: string,
  change: (object: any) => void,
  has: (object: ObjectOf<Kind>) => boolean = () => true,
): Mutation {
  return {
    name,
    sites: (each) => (each.kind === kind && has(each as ObjectOf<Kind>) ? [{ at: "object", change }] : []),
  };
}
