import type { SecretKey } from "../../kubernetes/handles.ts";
import type { Manifest, Metadata } from "../../kubernetes/manifest.ts";
import { toYaml } from "../../kubernetes/render.ts";
import { secretManifest } from "../../kubernetes/secret-manifest.ts";
import type { Rotations } from "../../kubernetes/secrets.ts";
import { activeSlot, generated, secretText } from "../../kubernetes/secrets.ts";
import { logStreams } from "./log-documents.ts";
import { elasticsearchName } from "./names.ts";

/**
 * Who may do what, by least privilege: https://www.elastic.co/docs/reference/elasticsearch/security-privileges.
 * Each has a role and a user of its own name, in two slots so that passwords rotate without an interruption.
 */
const roles = {
  /** The Jobs that make policies, templates, first indices and snapshots; no program keeps running with it. */
  setup: {
    // Lifecycles, templates and snapshot repositories; not security.
    cluster: ["manage"],
    indices: [{ names: ["*-jaeger-*", logStreams], privileges: ["manage", "view_index_metadata"] }],
  },
  /** Writes and reads spans. */
  jaeger: {
    cluster: ["monitor"],
    indices: [{ names: ["*-jaeger-*"], privileges: ["read", "write", "create_index", "view_index_metadata"] }],
  },
  /** Writes log lines, and may not read them. */
  logs: {
    cluster: ["monitor"],
    indices: [{ names: [logStreams], privileges: ["auto_configure", "create_doc"] }],
  },
  /** Health and sizes, and nothing of what is stored. */
  metrics: { cluster: ["monitor"] },
  /** Dashboards. */
  reader: {
    cluster: ["monitor"],
    indices: [{ names: ["*-jaeger-*", logStreams], privileges: ["read", "view_index_metadata"] }],
  },
} as const;

export type ElasticsearchUser = keyof typeof roles;
export const elasticsearchUsers = Object.keys(roles) as readonly ElasticsearchUser[];

/** Name and password of a user. */
export interface Login {
  readonly username: string;
  readonly password: SecretKey;
}

export const rolesSecret = "elasticsearch-roles";

/** The login that is in use now. */
export function login(user: ElasticsearchUser, rotations: Rotations): Login {
  const rotation = rotations(rotationId(user));
  return slotLogin(user, activeSlot(rotation).slot, rotation);
}

/** Secrets of the operator's file realm: both slots of each user, and the roles. */
export function userManifests(
  rotations: Rotations,
  meta: (name: string) => Metadata & { namespace: string },
): Manifest[] {
  const logins = elasticsearchUsers.flatMap((user) => {
    const rotation = rotations(rotationId(user));
    return (["a", "b"] as const).map((slot) => ({ user, ...slotLogin(user, slot, rotation) }));
  });
  return [
    secretManifest({ ...meta(rolesSecret), values: { "roles.yml": secretText`${rolesFile()}` } }),
    ...logins.map(({ user, username, password }) =>
      secretManifest({
        ...meta(password.secret),
        type: "kubernetes.io/basic-auth",
        values: {
          username: secretText`${username}`,
          password: password.value,
          roles: secretText`${roleName(user)}`,
        },
      }),
    ),
  ];
}

/** Names of the Secrets with users, for the operator. */
export function userSecrets(): string[] {
  return elasticsearchUsers.flatMap((user) => [secretName(user, "a"), secretName(user, "b")]);
}

/** A rotation changes only the slot that becomes active: the other stays valid while its users roll over. */
function slotLogin(user: ElasticsearchUser, slot: "a" | "b", rotation: number): Login {
  const generation = slot === "a" ? Math.floor(rotation / 2) : Math.max(0, Math.floor((rotation - 1) / 2));
  return {
    username: `${roleName(user)}_${slot}`,
    password: {
      component: elasticsearchName,
      secret: secretName(user, slot),
      key: "password",
      value: generated(`elasticsearch-${user}-${slot}`, { length: 32, rotation: generation }),
    },
  };
}

function rotationId(user: ElasticsearchUser): string {
  return `elasticsearch-${user}`;
}

function secretName(user: ElasticsearchUser, slot: "a" | "b"): string {
  return `elasticsearch-user-${user}-${slot}`;
}

/** Not a name that Elasticsearch reserves. */
function roleName(user: ElasticsearchUser): string {
  return `suoke_${user}`;
}

function rolesFile(): string {
  return toYaml(Object.fromEntries(elasticsearchUsers.map((user) => [roleName(user), roles[user]])));
}
