import type { KubernetesObject, ObjectOf } from "../kubernetes/manifest.ts";

type PodTemplate = NonNullable<ObjectOf<"Deployment">["spec"]>["template"];
export type PodSpec = NonNullable<PodTemplate["spec"]>;

/** The pods that a workload makes. */
export interface Pods {
  readonly workload: KubernetesObject;
  readonly labels: Readonly<Record<string, string>>;
  readonly spec: PodSpec;
}

/** Labels that an object's pods must have. */
export type Selector = Readonly<Record<string, string>>;

/** The pods of a workload; nothing for other objects. */
export function podsOf(object: KubernetesObject): Pods | undefined {
  if (object.kind !== "Deployment" || object.spec?.template.spec === undefined) return undefined;
  const { metadata, spec } = object.spec.template;
  return { workload: object, labels: metadata?.labels ?? {}, spec };
}

/** Whether `matchLabels` selects pods of these labels. An empty selector selects all. */
export function selects(matchLabels: Selector | undefined, labels: Pods["labels"]): boolean {
  return Object.entries(matchLabels ?? {}).every(([key, value]) => labels[key] === value);
}

/** Finds the pods that a selector matches without looking at all of them, so that checks grow with the objects alone. */
export interface PodIndex {
  readonly matching: (selector: Selector | undefined) => readonly Pods[];
}

export function indexPods(objects: readonly KubernetesObject[]): PodIndex {
  const all = objects.flatMap((object) => podsOf(object) ?? []);
  /** Label → value → pods, made for a label when a selector first names it. */
  const byLabel = new Map<string, ReadonlyMap<string, readonly Pods[]>>();
  const having = (label: string, value: string): readonly Pods[] => {
    let values = byLabel.get(label);
    if (values === undefined) {
      values = Map.groupBy(all, ({ labels }) => labels[label] ?? "");
      byLabel.set(label, values);
    }
    return values.get(value) ?? [];
  };
  return {
    matching: (selector) => {
      const fewest = Object.entries(selector ?? {})
        .map(([label, value]) => having(label, value))
        .reduce((a, b) => (a.length <= b.length ? a : b), all);
      return fewest.filter(({ labels }) => selects(selector, labels));
    },
  };
}

/** The autoscaler of each Deployment that has one, by the Deployment's name. */
export function autoscalersByTarget(
  objects: readonly KubernetesObject[],
): ReadonlyMap<string, ObjectOf<"HorizontalPodAutoscaler">> {
  return new Map(
    objects.flatMap((object) =>
      object.kind === "HorizontalPodAutoscaler" ? [[object.spec.scaleTargetRef.name, object] as const] : [],
    ),
  );
}
