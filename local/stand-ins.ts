import type { StandIn } from "./crd.ts";

/** How the simulator plays the operator of a kind: `local/toolchain/simulator/custom.go` reads it. */
export interface SimulatedKind {
  readonly group: string;
  readonly version: string;
  /** Plural name in URLs. */
  readonly resource: string;
  /** What must exist before an object works: its kind (`Secret`, `ConfigMap`, `plural.group`) and where it is named. */
  readonly references: readonly { readonly kind: string; readonly path: string }[];
  /** Status of a working object; a string `$.path` takes the object's value at that path. */
  readonly status: Readonly<Record<string, unknown>>;
}

/** Custom resources of operators that the embedded cluster does not have. */
export const standIns: readonly StandIn[] = [];

/** Those among them that come up, and how. */
export const simulatedKinds: readonly SimulatedKind[] = [];
