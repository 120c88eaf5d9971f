import type { ObjectOf } from "./manifest.ts";

type PodSpec = NonNullable<NonNullable<ObjectOf<"Deployment">["spec"]>["template"]["spec"]>;

export interface SpreadArgs {
  /** Labels of the pods that are to be apart. */
  readonly matchLabels: Readonly<Record<string, string>>;
  /** `required`: a pod waits rather than crowd into one zone. */
  readonly zones: "preferred" | "required";
  /** Counts the pods of the new revision alone, so that a rollout ends as evenly spread as it began. */
  readonly revisionLabel?: string;
}

/** Apart by zone, and by node as far as that goes. */
export function spread({
  matchLabels,
  zones,
  revisionLabel,
}: SpreadArgs): NonNullable<PodSpec["topologySpreadConstraints"]> {
  const constraint = (topologyKey: string, whenUnsatisfiable: "DoNotSchedule" | "ScheduleAnyway") => ({
    topologyKey,
    whenUnsatisfiable,
    maxSkew: 1,
    labelSelector: { matchLabels: { ...matchLabels } },
    ...(revisionLabel === undefined ? {} : { matchLabelKeys: [revisionLabel] }),
    // Nodes of a zone that has failed are tainted and do not count, or no pod could replace those that went with it.
    nodeTaintsPolicy: "Honor" as const,
  });
  return [
    constraint("topology.kubernetes.io/zone", zones === "required" ? "DoNotSchedule" : "ScheduleAnyway"),
    constraint("kubernetes.io/hostname", "ScheduleAnyway"),
  ];
}
