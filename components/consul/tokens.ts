import type { SecretKey } from "../../kubernetes/handles.ts";
import type { GeneratedUuid, Rotations } from "../../kubernetes/secrets.ts";
import { activeSlot, generatedUuid } from "../../kubernetes/secrets.ts";
import { components, tokensSecret } from "./names.ts";

/** What the platform's own programs may do each has a token of its own. */
export const roles = {
  agent: "consul-agent",
  seed: "consul-seed",
  catalogue: "consul-catalogue",
  exporter: "consul-exporter",
  metrics: "consul-metrics",
  snapshots: "consul-snapshots",
} as const;

/** A token in its slots. While its users roll over to the active one, the one before stays valid. */
export interface Token {
  readonly name: string;
  readonly active: SecretKey;
  /** Every slot that is valid: key in the Secret → value. */
  readonly slots: Readonly<Record<string, GeneratedUuid>>;
}

/**
 * The token of a service or role. Its value is generated, so that pods can refer to it before Consul knows it; a Job then
 * registers it.
 */
export function tokenOf(name: string, rotations: Rotations): Token {
  const rotation = rotations(rotationOf(name));
  const slotAt = (at: number): readonly [string, GeneratedUuid] => {
    const { slot, generation } = activeSlot(at);
    return [`${name}.${slot}`, generatedUuid(`consul-token-${name}-${slot}`, { rotation: generation })];
  };
  const [key, value] = slotAt(rotation);
  const before = rotation === 0 ? [] : [slotAt(rotation - 1)];
  return {
    name,
    active: { component: components.configuration, secret: tokensSecret, key, value },
    slots: Object.fromEntries([[key, value], ...before]),
  };
}

/** Id in the settings' `rotations`: `consul-auth-service`, `consul-seed`. */
function rotationOf(name: string): string {
  return name.startsWith("consul-") ? name : `consul-${name}`;
}
