import type { Scaling } from "../components/microservice/args.ts";
import type { SystemsData } from "../components/systems.ts";
import type { Migrations } from "../catalogue/migrations.ts";
import type { Partitioned } from "../catalogue/partitions.ts";
import type { Catalogue, Json } from "../catalogue/service.ts";
import type { ServiceName } from "../catalogue/services.ts";
import type { Size } from "../catalogue/sizes.ts";
import type { QuotaResource } from "../policies/quota.ts";
import type { Settings } from "./settings.ts";

export const environmentNames = ["dev", "staging", "prod"] as const;
export type EnvironmentName = (typeof environmentNames)[number];

/** Whether and at what scale an environment runs a service. */
export type ServiceData =
  | { readonly kind: "off" }
  | {
      readonly kind: "on";
      readonly scaling: Scaling;
      readonly size?: Size;
      /** Features of the catalogue that are switched otherwise here. */
      readonly features?: Readonly<Record<string, boolean>>;
      /** Documents of the catalogue that have another value here. */
      readonly documents?: Readonly<Record<string, Json>>;
    };

/** How much of the platform an environment runs: the content of `stacks/<env>.ts`. */
export interface EnvironmentData<Name extends string = ServiceName> {
  readonly name: EnvironmentName;
  readonly namespace: string;
  readonly logLevel: "DEBUG" | "INFO" | "WARNING";
  /** Share of traces that services record, 0–1. */
  readonly traceSampleRatio: number;
  /** Zones of the cluster's nodes. `required`: a pod waits rather than crowd into one of them. */
  readonly zones: { readonly count: number; readonly spread: "preferred" | "required" };
  /** Nodes that the cluster may have at most: on each runs a collector of this environment. */
  readonly nodes: number;
  /** The most that the namespace may ask of its cluster, as Kubernetes quantities. */
  readonly quota: Readonly<Record<QuotaResource, string>>;
  /** `pinned`: every image by digest, so that nobody who can write to a registry changes what runs. */
  readonly images: "pinned" | "tagged";
  /** What is kept here cannot be had again from elsewhere: everything that keeps data must have backups. */
  readonly recoverable: boolean;
  /** Storage classes that volumes of this environment may name. */
  readonly storageClasses: readonly string[];
  readonly systems: SystemsData;
  readonly services: Readonly<Record<Name, ServiceData>>;
}

/** An environment, complete: what runs, how much of it, and what people set. Everything else is computed from it. */
export interface Environment<Name extends string = ServiceName> {
  readonly catalogue: Catalogue<Name>;
  readonly migrations: Migrations;
  readonly partitioned: readonly Partitioned[];
  readonly data: EnvironmentData<Name>;
  readonly settings: Settings;
}
