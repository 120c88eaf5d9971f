import type { PoolSize } from "../../catalogue/service.ts";
import type { SecretKey } from "../../kubernetes/handles.ts";
import type { Component } from "../../kubernetes/manifest.ts";
import type { Connection } from "../../kubernetes/network.ts";

/** A service that keeps data, and how many connections it may open. */
export interface DatabaseClient {
  readonly database: string;
  readonly service: string;
  /** Pods at the largest scale. */
  readonly pods: number;
  /** Pods that a rollout adds to them. */
  readonly surge: number;
  /** Connections of each pod to the primary. */
  readonly pool: PoolSize;
  /** Connections of each pod to the replicas. */
  readonly replicaPool: PoolSize;
}

/** What services hold of PostgreSQL. */
export interface Databases {
  readonly components: readonly Component[];
  /** Connection URL of a database's primary. */
  readonly primary: (database: string) => SecretKey;
  /** Comma-separated URLs for reading; the primary's where there is no replica. */
  readonly replicas: (database: string) => SecretKey;
  readonly connections: readonly Connection[];
  /** What must be rolled out before a service may use its database. */
  readonly ready: readonly string[];
}

/** The Secret with the URLs, by the plan's name: its manifests refer to it. */
export const urlSecret = "database-secret";
/** The component that owns it. */
export const postgresName = "postgres";

/** Key of {@link urlSecret} with the URL of a database's primary. */
export function primaryKey(database: string): string {
  return `${database}-db-url`;
}

/** Key of {@link urlSecret} with the URL of its replicas. */
export function replicasKey(database: string): string {
  return `${database}-db-ro-urls`;
}
