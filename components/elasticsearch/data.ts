import type { Off } from "../systems.ts";

/** An Elasticsearch of our own for traces and logs, as large as an environment needs it. */
export interface ManagedElasticsearch {
  readonly kind: "managed";
  /** One has no copy of anything; with three, one may be lost. */
  readonly nodes: 1 | 3;
  /** Of each node, as Kubernetes quantities; half of the memory becomes the heap. */
  readonly resources: { readonly cpu: string; readonly memory: string };
  /** Volume of each node. */
  readonly storage: { readonly class: string; readonly size: string };
  /** What comes in, and for how long it is kept. */
  readonly traces: Kept;
  readonly logs: Kept;
  readonly snapshots: Snapshots;
}

/** One kind of data. */
export interface Kept {
  /** Size of a day's indices, without copies: measured, or planned with headroom. */
  readonly daily: string;
  /** Whole days after which it is deleted. */
  readonly days: number;
}

export type Snapshots =
  /** What is lost is lost: traces and logs of an environment that can do without. */
  | { readonly kind: "none" }
  | {
      readonly kind: "s3";
      readonly bucket: string;
      /** Folder in the bucket. */
      readonly path: string;
      /** For stores other than Amazon's. */
      readonly endpoint?: string;
      /** Addresses of the store; the public internet unless given. */
      readonly cidrs?: readonly string[];
      /** With seconds, in UTC, as Elasticsearch reads it: `0 30 3 * * ?`. */
      readonly schedule: string;
      readonly keepDays: number;
    };

export type ElasticsearchData = Off | ManagedElasticsearch;
