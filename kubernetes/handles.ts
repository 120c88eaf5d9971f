import type { SecretExpression } from "./secrets.ts";

/** Where a system listens. Whoever needs it takes the handle, so that a rename is a compile error. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** One key of a Secret that some component owns. */
export interface SecretKey {
  /** Name of the Secret. */
  readonly secret: string;
  readonly key: string;
  /** What the key holds: its hash goes into the pods that use it, so that a rotation rolls them. */
  readonly value: SecretExpression;
  /** The component that owns the Secret. */
  readonly component: string;
}

/** One key of a ConfigMap that some component owns. */
export interface ConfigKey {
  /** Name of the ConfigMap. */
  readonly configMap: string;
  readonly key: string;
  readonly value: string;
  /** The component that owns the ConfigMap. */
  readonly component: string;
}

/** The value of an environment variable: plain, or from a Secret or ConfigMap. */
export type EnvironmentValue = string | SecretKey | ConfigKey;
