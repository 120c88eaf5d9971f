import type { EnvironmentValue } from "./handles.ts";
import type { ObjectOf } from "./manifest.ts";
import { byKey } from "./names.ts";

type Container = NonNullable<NonNullable<ObjectOf<"Deployment">["spec"]>["template"]["spec"]>["containers"][number];
type EnvVar = NonNullable<Container["env"]>[number];

/** A container's environment variables, sorted by name. */
export function variables(env: Readonly<Record<string, EnvironmentValue>>): EnvVar[] {
  return Object.entries(env).sort(byKey).map(variable);
}

function variable([name, value]: readonly [string, EnvironmentValue]): EnvVar {
  if (typeof value === "string") return { name, value };
  const valueFrom =
    "secret" in value
      ? { secretKeyRef: { name: value.secret, key: value.key } }
      : { configMapKeyRef: { name: value.configMap, key: value.key } };
  return { name, valueFrom };
}
