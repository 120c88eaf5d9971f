import type { KubernetesObject, ObjectOf } from "../kubernetes/manifest.ts";

type PodTemplate = NonNullable<ObjectOf<"Deployment">["spec"]>["template"];
export type PodSpec = NonNullable<PodTemplate["spec"]>;

/** The pods that a workload makes. */
export interface Pods {
  readonly labels: Readonly<Record<string, string>>;
  readonly spec: PodSpec;
}

/** The pods of a workload; nothing for other objects. */
export function podsOf(object: KubernetesObject): Pods | undefined {
  if (object.kind !== "Deployment" || object.spec?.template.spec === undefined) return undefined;
  const { metadata, spec } = object.spec.template;
  return { labels: metadata?.labels ?? {}, spec };
}

/** Whether `matchLabels` selects pods of these labels. An empty selector selects all. */
export function selects(matchLabels: Readonly<Record<string, string>> | undefined, labels: Pods["labels"]): boolean {
  return Object.entries(matchLabels ?? {}).every(([key, value]) => labels[key] === value);
}
