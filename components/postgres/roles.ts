import { labels } from "../../kubernetes/labels.ts";
import type { Manifest } from "../../kubernetes/manifest.ts";
import type { Generated, Rotations } from "../../kubernetes/secrets.ts";
import { activeSlot, generated } from "../../kubernetes/secrets.ts";
import { secretManifest } from "../../kubernetes/secret-manifest.ts";
import { postgresName } from "./databases.ts";

/** A role that logs in with a password. */
export interface Login {
  readonly role: string;
  /** Roles whose rights it has. */
  readonly inRoles: readonly string[];
  readonly password: Generated;
  readonly comment: string;
}

/**
 * The roles of a database. Its objects belong to `owner`, which nobody logs in as; the migrator acts as it. The service has
 * two logins that take turns, and both may read and write rows, and nothing else.
 */
export interface DatabaseRoles {
  readonly owner: string;
  readonly app: string;
  readonly migrator: Login;
  readonly users: Readonly<Record<"a" | "b", Login>>;
  /** The login that the service uses now. */
  readonly active: Login;
}

/** Long enough that nobody guesses it, and of characters that survive a URL. */
const passwordLength = 32;

/** The roles of a database with their passwords, of which two are valid while one is rotated. */
export function databaseRoles(database: string, rotations: Rotations): DatabaseRoles {
  const rotation = rotations(`postgres-${database}`);
  const app = `${database}_app`;
  const user = (slot: "a" | "b"): Login => ({
    role: `${database}_${slot}`,
    inRoles: [app],
    password: generated(`postgres-${database}-${slot}`, {
      length: passwordLength,
      rotation: generationOf(slot, rotation),
    }),
    comment: `Reads and writes rows of ${database}; takes turns with the other slot.`,
  });
  const users = { a: user("a"), b: user("b") };
  const migrator: Login = {
    role: `${database}_migrator`,
    inRoles: [database],
    password: generated(`postgres-${database}-migrator`, {
      length: passwordLength,
      rotation: rotations(`postgres-${database}-migrator`),
    }),
    comment: `Changes the schema of ${database}.`,
  };
  return { owner: database, app, migrator, users, active: users[activeSlot(rotation).slot] };
}

/**
 * How often a slot's password has been made anew. A rotation makes that of the slot which becomes active, so that the other
 * one stays valid while pods roll over.
 */
function generationOf(slot: "a" | "b", rotation: number): number {
  return slot === "a" ? Math.floor(rotation / 2) : Math.max(0, Math.floor((rotation - 1) / 2));
}

/** The monitoring role: statistics of all databases, rows of none. */
export function exporterLogin(rotations: Rotations): Login {
  return {
    role: "exporter",
    inRoles: ["pg_monitor"],
    password: generated("postgres-exporter", { length: passwordLength, rotation: rotations("postgres-exporter") }),
    comment: "Reads statistics for the metrics exporter.",
  };
}

/** Where a login's password is kept. */
export function loginSecret({ role }: Login): string {
  return `postgres-role-${role.replaceAll("_", "-")}`;
}

/** The Secret from which CloudNativePG sets a role's password, and sets it again when it changes. */
export function loginManifest(login: Login, namespace: string): Manifest {
  const { object, ...rest } = secretManifest({
    name: loginSecret(login),
    namespace,
    labels: {
      ...labels({ app: postgresName, component: "data", team: "platform" }),
      // Without it the operator would not notice a new password.
      "cnpg.io/reload": "true",
    },
    type: "kubernetes.io/basic-auth",
    values: { password: login.password },
  });
  if (object.kind !== "Secret") throw new Error("A secret's manifest is a Secret.");
  return { ...rest, object: { ...object, stringData: { ...object.stringData, username: login.role } } };
}
