import type { Size } from "./sizes.ts";
import type { ServiceName } from "./services.ts";

/** Everything the platform knows about one service, the same in every environment. One file per service holds it. */
export interface Service<Name extends string = ServiceName> {
  readonly name: Name;
  /** What it does, in one sentence each. */
  readonly summary: { readonly en: string; readonly zh: string };
  /** Who owns it and is woken for it. */
  readonly team: Team;
  readonly runtime: "python" | "go";
  readonly size: Size;
  /** Listening ports by name. `metrics` only where metrics do not share the http port. */
  readonly ports: Readonly<Partial<Record<PortName, number>>>;
  readonly metrics: { readonly port: "http" | "metrics"; readonly path: string };
  readonly probes: Probes;
  /** In seconds. Sets how long a pod may take to finish its work when it is asked to stop. */
  readonly longestRequestSeconds: number;
  readonly slo: Slo;
  /** The file that the platform writes into the pod at /app/config. */
  readonly configFile: ConfigFile;
  readonly needs: Needs<Name>;
  /** What can be switched while it runs: the document `features` in Consul. An environment may say otherwise. */
  readonly features?: Readonly<Record<string, Feature>>;
  /** Further documents in Consul, at `config/<service>/<key>`. An environment may give another value. */
  readonly documents?: Readonly<Record<string, ConfigurationDocument>>;
  /** What the outside world may call. A service without routes is reachable by its declared callers alone. */
  readonly routes: readonly Route[];
  /** The same for gRPC; none unless given. They lead to its port `grpc`, straight from the edge. */
  readonly grpcRoutes?: readonly GrpcRoute[];
}

export type PortName = "http" | "grpc" | "metrics";

export type Team = "identity" | "health" | "agents" | "edge" | "engagement";

/** How the kubelet asks whether a pod lives and whether it may take traffic. The two must differ: see the README. */
export type Probes =
  | {
      readonly kind: "http";
      readonly port: "http" | "metrics";
      /** Never checks dependencies: a database outage must not restart every pod. */
      readonly live: string;
      readonly ready: string;
      /** Longest start in seconds before the pod is given up and restarted. */
      readonly startSeconds: number;
    }
  /** The gRPC health protocol: service "liveness" for life, "" (the whole server) for readiness. */
  | { readonly kind: "grpc"; readonly port: "grpc"; readonly startSeconds: number };

export type ConfigFile =
  /** `config.yaml`: ports, and the addresses of the services it calls. */
  | { readonly kind: "service" }
  /** `gateway.yaml`, as the plan's Go gateway reads it. */
  | {
      readonly kind: "gateway";
      /** Its own limiter counts all clients of a pod together, so it only guards the pod; the edge limits each client. */
      readonly requestsPerSecond: number;
    };

/** Service level objectives, from the plan's table of key indicators. */
export interface Slo {
  /** 95th percentile in milliseconds. */
  readonly latencyP95Ms: number;
  /** Largest tolerated share of failed requests, 0–1. */
  readonly errorRatio: number;
  /** Share of time available, 0–1. */
  readonly availability: number;
}

/** `optional`: the service starts without the system where an environment has it off. */
export type Need = "required" | "optional";

export interface Needs<Name extends string = ServiceName> {
  /** Its own database on the shared PostgreSQL. */
  readonly database?: DatabaseNeed;
  /** The shared cache Redis: may lose data at any time. */
  readonly cache?: CacheNeed;
  /** The durable Redis that keeps sagas. */
  readonly saga?: Need;
  /** Configuration in Consul's KV store. */
  readonly configuration?: Need;
  readonly tracing?: Need;
  readonly calls: readonly Call<Name>[];
  /** Traffic that leaves the platform. */
  readonly outside: readonly Outside[];
}

export interface CacheNeed {
  readonly need: Need;
  /**
   * What the keys of its entries start with, as in the plan's `@cached(key_prefix="user_profile")`, which writes
   * `user_profile:<function>:<hash>`. Its Redis user may touch no other keys, so that each belongs to one service.
   */
  readonly keyPrefixes: readonly string[];
}

export interface DatabaseNeed {
  readonly name: string;
  /** Connections of each pod to the primary; the plan's DatabaseManager unless given. */
  readonly pool?: PoolSize;
  /** Connections of each pod to each URL of a replica. */
  readonly replicaPool?: PoolSize;
}

/** SQLAlchemy's `pool_size` and `max_overflow`. */
export interface PoolSize {
  readonly size: number;
  readonly overflow: number;
}

/** A call to another service. */
export interface Call<Name extends string = ServiceName> {
  readonly service: Name;
  readonly port: "http" | "grpc";
  /** What the caller's configuration calls it; the service's name in camel case unless given. */
  readonly as?: string;
  /** Why this call may close a cycle; without it a cycle is an error, as its members could never start in order. */
  readonly cycleBecause?: string;
}

export type Outside =
  /** A public host. NetworkPolicy can only open the port to the internet; the host is for the reader. */
  | { readonly kind: "internet"; readonly host: string; readonly port: number; readonly reason: string }
  /** The Kubernetes API server. */
  | { readonly kind: "kubeApi"; readonly reason: string };

/** A public route: `method path` reaches the service's `port`, as `rewrite` if given. */
export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "ANY";
  /** Absolute; `:name` stands for one segment. */
  readonly path: string;
  readonly match: "exact" | "prefix";
  readonly port: "http" | "grpc";
  /** The path the service sees; its `:name` segments are those of `path`. */
  readonly rewrite?: string;
  readonly auth: "jwt" | "open";
  /** Straight from the edge, or through the Go gateway. */
  readonly via: "edge" | "gateway";
  /** Largest request body in MiB. Images and audio of a diagnosis are large, everything else is small. */
  readonly maxBodyMiB: number;
}

/** Public gRPC methods. */
export interface GrpcRoute {
  /** Full name in the proto file: `suoke.health.v1.HealthService`. */
  readonly service: string;
  /** All of its methods unless given. */
  readonly method?: string;
  readonly auth: "jwt" | "open";
  readonly maxBodyMiB: number;
}

export interface Feature {
  readonly summary: string;
  readonly on: boolean;
}

/** A document that a service reads while it runs. It never holds a secret: it names the variable or Secret that does. */
export interface ConfigurationDocument {
  readonly ownership: Ownership;
  readonly value: Json;
}

/**
 * Who has the last word on a document in Consul. `restore`: the repository; an edit by hand is undone. `keep`: an edit by
 * hand stays, and is reported until it is declared here or undone. `app`: the service; the value is only its first one.
 */
export type Ownership = "restore" | "keep" | "app";

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** All services by name. */
export type Catalogue<Name extends string = ServiceName> = Readonly<Record<Name, Service<Name>>>;
