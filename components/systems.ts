import type { ManagedEdge } from "./kong/data.ts";
import type { Edge } from "./kong/kong.ts";
import type { ElasticsearchData } from "./elasticsearch/data.ts";
import type { Elasticsearch } from "./elasticsearch/elasticsearch.ts";
import type { TracingData } from "./telemetry/data.ts";
import type { Tracing } from "./telemetry/telemetry.ts";
import type { ConsulData } from "./consul/data.ts";
import type { PostgresData } from "./postgres/data.ts";
import type { CacheData, SagaData } from "./redis/data.ts";
import type { RedisMetrics } from "./redis/exporter.ts";
import type { Databases } from "./postgres/databases.ts";
import type { ManagedMetrics } from "./prometheus/data.ts";
import type { Cache, Redis } from "./redis/redis.ts";
import type { Configuration } from "./consul/consul.ts";
import type { Endpoint } from "../kubernetes/handles.ts";
import type { Peer } from "../kubernetes/network.ts";

/** The environment goes without the system; services that require it do not build. */
export interface Off {
  readonly kind: "off";
}

/** A system that runs outside the cluster. */
export interface External extends Endpoint {
  readonly kind: "external";
  /** Addresses behind the host name: NetworkPolicies know no names. */
  readonly cidrs: readonly string[];
}

/** A system in another namespace of the same cluster that connects to our pods. */
export interface ExternalPods {
  readonly kind: "external";
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Each system that services depend on, as `stacks/<env>.ts` declares it. */
export interface SystemsData {
  readonly postgres: PostgresData;
  /** Cache; may lose data. */
  readonly cache: CacheData;
  /** Keeps sagas; must not. */
  readonly saga: SagaData;
  readonly consul: ConsulData;
  /** Where traces are sent (OTLP over gRPC). */
  readonly tracing: TracingData;
  /** Keeps traces and logs. */
  readonly elasticsearch: ElasticsearchData;
  /** Where public traffic comes from. */
  readonly edge: Off | ExternalPods | ManagedEdge;
  /** Who scrapes metrics, and tells people of what fires. */
  readonly metrics: Off | ExternalPods | ManagedMetrics;
}

/** What services hold of the systems: handles, absent where a system is off. */
export interface Systems {
  readonly postgres?: Databases;
  readonly cache?: Cache;
  readonly saga?: Redis;
  /** Present where Redis is ours and somebody scrapes. */
  readonly redisMetrics?: RedisMetrics;
  readonly consul?: Configuration;
  readonly tracing?: Tracing;
  readonly elasticsearch?: Elasticsearch;
  readonly edge?: Pick<Edge, "peer" | "annotations">;
  readonly scraper?: Peer;
}
