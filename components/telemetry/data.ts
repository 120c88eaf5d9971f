import type { PersonalData } from "../../catalogue/personal-data.ts";
import type { External, Off } from "../systems.ts";

/** Collectors and Jaeger of our own. */
export interface ManagedTracing {
  readonly kind: "managed";
  readonly agent: CollectorSize;
  readonly gateway: CollectorSize & {
    /** All spans of a trace come to one of them, by trace id. */
    readonly replicas: number;
    /** What waits here while Jaeger or Elasticsearch is away. */
    readonly queue: { readonly class: string; readonly size: string };
  };
  readonly sampling: Sampling;
  /** What must not be readable in any trace or log. */
  readonly personal: PersonalData;
  readonly jaeger: JaegerData;
}

/** Request and limit of a collector, as Kubernetes quantities. */
export interface CollectorSize {
  readonly cpu: string;
  readonly memory: string;
}

/** Which traces are kept once they are complete. Those with an error, and slow ones, always are. */
export interface Sampling {
  /** Share of all other traces, 0–1. */
  readonly ratio: number;
  /** Services whose traces are kept at a higher rate; a trace through several of them at the highest. */
  readonly services: Readonly<Record<string, number>>;
  /** Milliseconds from which a trace counts as slow. */
  readonly slowMs: number;
}

export type JaegerData =
  /** One pod that forgets when it restarts. */
  | { readonly kind: "memory"; readonly traces: number; readonly memory: string }
  | { readonly kind: "elasticsearch"; readonly collectors: number; readonly queries: number };

export type TracingData = Off | External | ManagedTracing;
