import type { External, Off } from "../systems.ts";

/** How many servers hold the data, and who says which of them is the primary. */
export type Topology =
  /** One server: when it goes, so does the installation, until it is back. */
  | { readonly kind: "single" }
  /** A primary with replicas, watched by Sentinels; proxies lead clients to the primary. */
  | { readonly kind: "sentinel"; readonly servers: number; readonly sentinels: number; readonly proxies: number };

/** A Redis of ours that may lose what it holds. */
export interface ManagedCache {
  readonly kind: "managed";
  readonly topology: Topology;
  /** Memory limit of a server; how much of it data may fill is computed (sizing.ts). */
  readonly memory: string;
  /** CPU request of a server. */
  readonly cpu: string;
  /** Class of every volume of the installation. */
  readonly storageClass: string;
}

/** A Redis of ours that must not. */
export interface ManagedDurable extends ManagedCache {
  /** Size of a server's volume. */
  readonly volume: string;
  /** How long a saga is kept once it has ended, in days. */
  readonly retentionDays: number;
  /** Sagas that are expected to end in a day: with the retention they say how many are there at once. */
  readonly sagasPerDay: number;
  /** Pulumi refuses to delete its servers. Their volumes stay in any case. */
  readonly protect: boolean;
}

export type CacheData = Off | External | ManagedCache;
export type SagaData = Off | External | ManagedDurable;

/** A service that uses an installation, and the keys that are its own. */
export interface RedisClient {
  readonly service: string;
  /** Patterns as Redis' ACL writes them, without the tilde: `user_profile:*`. */
  readonly keys: readonly string[];
  /** Whether it may run scripts over them. */
  readonly scripts?: boolean;
}
