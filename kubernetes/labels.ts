/** Labels that every object carries, on top of what names it. */
export interface LabelArgs {
  /** What the object belongs to: a service or a system. */
  readonly app: string;
  /** Its part in the architecture, as in the recommended label of that name. */
  readonly component: "service" | "data" | "configuration" | "platform";
  /** Who is woken. */
  readonly team: string;
  /** Released version, where there is one. Never part of a selector: selectors are immutable. */
  readonly version?: string;
}

/**
 * The plan's `app` and `version`, and the labels that Kubernetes recommends
 * (https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/).
 */
export function labels({ app, component, team, version }: LabelArgs): Record<string, string> {
  return {
    app,
    "app.kubernetes.io/name": app,
    "app.kubernetes.io/component": component,
    "app.kubernetes.io/part-of": "suoke-life",
    "app.kubernetes.io/managed-by": "suoke",
    "suoke.life/team": team,
    ...(version === undefined ? {} : { version, "app.kubernetes.io/version": version }),
  };
}
