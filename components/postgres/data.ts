import type { External, Off } from "../systems.ts";

/** An external server with its read replicas; their addresses are part of `cidrs`. */
export interface ExternalPostgres extends External {
  readonly replicaHosts: readonly string[];
}

/** A CloudNativePG cluster of our own, as large as an environment needs it. */
export interface ManagedPostgres {
  readonly kind: "managed";
  /** 1 has no failover and no replica to read from. */
  readonly instances: 1 | 2 | 3;
  /** A commit waits for one replica, so that losing the primary loses nothing. Takes three instances to stay writable. */
  readonly synchronous: boolean;
  /** Of each instance, as Kubernetes quantities; request and limit are the same, so that it is never the one to go. */
  readonly resources: { readonly cpu: string; readonly memory: string };
  readonly storage: {
    readonly class: string;
    /** Size of the data's volume. */
    readonly data: string;
    /** What a quarter of a year adds to all partitioned tables together, as planned; the disk's alert watches what comes. */
    readonly quarter: string;
    /** Size of the write-ahead log's own volume: one that is full of log does not stop reading. */
    readonly wal: string;
  };
  readonly maxConnections: number;
  readonly poolers: PoolerSizes;
  readonly backups: Backups;
}

/** PgBouncer in front of the primary, and in front of the replicas where there are any. */
export interface PoolerSizes {
  /** Pods of each of the two. */
  readonly instances: number;
  /** Clients that one pod takes. */
  readonly maxClientConnections: number;
  /** Server connections of one pod for each pair of database and user. */
  readonly poolSize: number;
}

export type Backups =
  /** Nothing can be restored. Refused where an environment must be recoverable. */
  | { readonly kind: "none" }
  | {
      readonly kind: "objectStore";
      /** `s3://bucket/path`; each environment has its own. */
      readonly destination: string;
      /** For stores other than Amazon's. */
      readonly endpoint?: string;
      /** Addresses of the store; the public internet unless given. */
      readonly cidrs?: readonly string[];
      /** With seconds, as CloudNativePG reads it: `0 30 2 * * *`. */
      readonly schedule: string;
      /** How far back a point in time can be restored. */
      readonly retentionDays: number;
    };

export type PostgresData = Off | ExternalPostgres | ManagedPostgres;
