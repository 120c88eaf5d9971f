import type { Generated, Rotations } from "../../kubernetes/secrets.ts";
import { activeSlot, generated } from "../../kubernetes/secrets.ts";
import type { InstallationName } from "./sizing.ts";

/**
 * A password with its predecessor and its successor.
 *
 * Servers read changed passwords a minute or two after they were applied, and clients roll over at once. So a server knows
 * each password one rotation before anyone uses it, and forgets it one rotation after: a rotation needs no order.
 */
export interface Keyring {
  /** What clients use now. */
  readonly current: Generated;
  /** What servers accept. */
  readonly accepted: readonly Generated[];
}

/** Passwords that exist side by side. */
const ring = 3;

/** The keyring of a credential after so many rotations. Each rotation makes one password anew and leaves the others. */
export function keyring(id: string, rotation: number): Keyring {
  const password = (number: number): Generated =>
    generated(`${id}-${number % ring}`, { length: 32, rotation: Math.floor(number / ring) });
  const accepted = [rotation - 1, rotation, rotation + 1].filter((number) => number >= 0);
  return { current: password(rotation), accepted: accepted.map(password) };
}

/** A user of Redis with the passwords that it may log in with. */
export interface User {
  readonly name: string;
  readonly passwords: readonly Generated[];
}

/** A service's two users, which take turns, and the one whose turn it is. */
export interface ServiceCredential {
  readonly users: readonly User[];
  readonly current: { readonly name: string; readonly password: Generated };
}

/** Each password belongs to the slot whose turn it is or was: an even rotation is slot a, an odd one slot b. */
export function serviceCredential(
  installation: InstallationName,
  service: string,
  rotations: Rotations,
): ServiceCredential {
  const id = `${installation}-${service}`;
  const rotation = rotations(id);
  const { current, accepted } = keyring(id, rotation);
  const oldest = Math.max(0, rotation - 1);
  const userName = (number: number): string => `${service}_${activeSlot(number).slot}`;
  const names = accepted.map((_, index) => userName(oldest + index));
  return {
    users: [...new Set(names)].sort().map((name) => ({
      name,
      passwords: accepted.filter((_, index) => names[index] === name),
    })),
    current: { name: userName(rotation), password: current },
  };
}

/** Users of the installation itself; none of them reads or writes what services keep, `retention` excepted. */
export const internalUsers = [
  "exporter",
  "handover",
  "health",
  "keeper",
  "replication",
  "retention",
  "sentinel",
] as const;
export type InternalUser = (typeof internalUsers)[number];

/** All of them rotate together, under the installation's name. */
export function internalKeyring(installation: InstallationName, user: InternalUser, rotations: Rotations): Keyring {
  return keyring(`${installation}-${user}`, rotations(installation));
}
