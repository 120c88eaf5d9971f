import type { KubernetesObject, ObjectOf } from "../kubernetes/manifest.ts";

type PodTemplate = NonNullable<ObjectOf<"Deployment">["spec"]>["template"];
export type PodSpec = NonNullable<PodTemplate["spec"]>;

/** The pods that a workload makes. */
export interface Pods {
  readonly workload: KubernetesObject;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: PodSpec;
}

/** Labels that an object's pods must have. */
export type Selector = Readonly<Record<string, string>>;

/** The pods of a workload; nothing for other objects. */
export function podsOf(object: KubernetesObject): Pods | undefined {
  const template = templateOf(object);
  if (template?.spec === undefined) return undefined;
  const { labels = {}, annotations = {} } = template.metadata ?? {};
  return { workload: object, labels, annotations, spec: template.spec };
}

function templateOf(object: KubernetesObject): PodTemplate | undefined {
  switch (object.kind) {
    case "DaemonSet":
    case "Deployment":
    case "Job":
    case "StatefulSet":
      return object.spec?.template;
    case "CronJob":
      return object.spec.jobTemplate.spec?.template;
    case "Cluster":
      return clusterPods(object);
    case "Elasticsearch":
      return object.spec?.nodeSets[0]?.podTemplate;
    case "Pooler":
      return poolerPods(object);
    default:
      return undefined;
  }
}

/** The instances that CloudNativePG makes of a Cluster, as far as checks look at them. */
function clusterPods({ spec }: ObjectOf<"Cluster">): PodTemplate {
  const container = { name: "postgres", ...(spec.resources === undefined ? {} : { resources: spec.resources }) };
  const { labels, annotations } = spec.inheritedMetadata ?? {};
  return { metadata: { labels: { ...labels }, annotations: { ...annotations } }, spec: { containers: [container] } };
}

function poolerPods({ spec }: ObjectOf<"Pooler">): PodTemplate {
  const { metadata, spec: pods } = spec.template ?? {};
  const { labels, annotations } = metadata ?? {};
  return {
    metadata: { labels: { ...labels }, annotations: { ...annotations } },
    spec: pods ?? { containers: [] },
  };
}

/** Pods that a workload has at least and at most, and that a rollout adds for a while. */
export interface Scale {
  readonly min: number;
  readonly max: number;
  readonly surge: number;
}

/**
 * How many pods a workload may have.
 * @param nodes how many nodes a DaemonSet has pods on
 */
export function scaleOf(object: KubernetesObject, autoscaler?: ObjectOf<"HorizontalPodAutoscaler">, nodes = 0): Scale {
  switch (object.kind) {
    case "Deployment": {
      const replicas = object.spec?.replicas ?? 1;
      const min = autoscaler?.spec.minReplicas ?? replicas;
      const max = autoscaler?.spec.maxReplicas ?? replicas;
      const recreate = object.spec?.strategy?.type === "Recreate";
      return { min, max, surge: recreate ? 0 : surge(object.spec?.strategy?.rollingUpdate?.maxSurge ?? "25%", max) };
    }
    case "StatefulSet": {
      const replicas = object.spec?.replicas ?? 1;
      return { min: replicas, max: replicas, surge: 0 };
    }
    case "DaemonSet":
      return { min: nodes, max: nodes, surge: 0 };
    case "Job":
      return { min: 0, max: object.spec?.parallelism ?? 1, surge: 0 };
    case "CronJob":
      return { min: 0, max: object.spec.jobTemplate.spec?.parallelism ?? 1, surge: 0 };
    case "Cluster":
      // A new instance starts as a job of its own before it joins.
      return { min: object.spec.instances, max: object.spec.instances, surge: 1 };
    case "Elasticsearch": {
      const count = (object.spec?.nodeSets ?? []).reduce((sum, nodes) => sum + (nodes.count ?? 0), 0);
      return { min: count, max: count, surge: 0 };
    }
    case "Pooler": {
      const instances = object.spec.instances ?? 1;
      return { min: instances, max: instances, surge: 1 };
    }
    default:
      return { min: 0, max: 0, surge: 0 };
  }
}

/** Kubernetes rounds a percentage of surge up. */
function surge(maxSurge: string | number, replicas: number): number {
  return typeof maxSurge === "number" ? maxSurge : Math.ceil((replicas * Number.parseFloat(maxSurge)) / 100);
}

/** Whether `matchLabels` selects pods of these labels. An empty selector selects all. */
export function selects(matchLabels: Selector | undefined, labels: Pods["labels"]): boolean {
  return Object.entries(matchLabels ?? {}).every(([key, value]) => labels[key] === value);
}

/** Kubernetes gives each pod of a StatefulSet its own name as a label. */
const podNameLabel = "statefulset.kubernetes.io/pod-name";

/** Whether a workload has a pod of that name. */
function hasPod({ workload }: Pods, podName: string): boolean {
  const { name } = workload.metadata;
  const number = podName.startsWith(`${name}-`) ? Number(podName.slice(name.length + 1)) : Number.NaN;
  return workload.kind === "StatefulSet" && number < (workload.spec?.replicas ?? 1);
}

/** Finds the pods that a selector matches without looking at all of them, so that checks grow with the objects alone. */
export interface PodIndex {
  /** Pods of an object's namespace that its selector matches; all of them for a selector that asks for nothing. */
  readonly matching: (selector: Selector | undefined, namespace: string | undefined) => readonly Pods[];
}

/** The pods of all workloads, to be looked up by what they are labelled with. */
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
    matching: (selector, namespace) => {
      const { [podNameLabel]: podName, ...others } = selector ?? {};
      const fewest = Object.entries(others)
        .map(([label, value]) => having(label, value))
        .reduce((a, b) => (a.length <= b.length ? a : b), all);
      return fewest.filter(
        (pods) =>
          pods.workload.metadata.namespace === namespace &&
          selects(others, pods.labels) &&
          (podName === undefined || hasPod(pods, podName)),
      );
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
