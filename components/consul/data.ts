import type { External, Off } from "../systems.ts";

/** Consul as `stacks/<env>.ts` declares it. */
export type ConsulData = Off | External | ManagedConsul;

/** Servers of our own. */
export interface ManagedConsul {
  readonly kind: "managed";
  /** Odd: an even number needs one more for the same tolerance. One survives no loss, three one, five two. */
  readonly servers: 1 | 3 | 5;
  /** The volume of each server. */
  readonly storage: Storage;
  readonly snapshots: Snapshots;
}

export interface Storage {
  readonly class: string;
  /** As a Kubernetes quantity. */
  readonly size: string;
}

export interface Snapshots {
  /** When one is taken, as a cron expression in UTC. */
  readonly schedule: string;
  /** How many stay on the volume. */
  readonly keep: number;
  readonly storage: Storage;
  /** A volume of the same cluster is lost with it: where data matter, snapshots leave it. */
  readonly upload: Upload;
}

export type Upload =
  | { readonly kind: "none" }
  /** An object store that speaks S3. Its keys are the secrets `consul-snapshots.accessKeyId` and `.secretAccessKey`. */
  | {
      readonly kind: "s3";
      readonly endpoint: string;
      readonly region: string;
      readonly bucket: string;
      /** Days that an object stays. */
      readonly keepDays: number;
      /** Addresses behind the endpoint: NetworkPolicies know no names. */
      readonly cidrs: readonly string[];
    };
