import { labels } from "../../kubernetes/labels.ts";
import type { Metadata } from "../../kubernetes/manifest.ts";
import type { Peer } from "../../kubernetes/network.ts";
import type { Rotations } from "../../kubernetes/secrets.ts";
import type { ManagedCache, ManagedDurable, RedisClient } from "./data.ts";
import type { InstallationName } from "./sizing.ts";
import { quorumOf } from "./sizing.ts";

/** Ports of every installation. */
export const redisPort = 6379;
export const sentinelPort = 26379;
export const proxyMetricsPort = 8404;

/** A managed installation: what all of its parts are built from. */
export interface Installation {
  readonly name: InstallationName;
  readonly namespace: string;
  readonly data: ManagedCache;
  /** What the durable one has beyond that. */
  readonly durable?: ManagedDurable;
  readonly clients: readonly RedisClient[];
  /** `required`: a pod waits rather than crowd into one zone. */
  readonly zoneSpread: "preferred" | "required";
  readonly scraper?: Peer;
  readonly rotations: Rotations;
}

/**
 * The parts of an installation by name. A server's pod, the Service that leads to it alone and the name that it announces
 * to the others are the same, and so are a Sentinel's.
 */
export interface Layout {
  /** Pods that hold data, and the first of them, which is the primary of a new installation. */
  readonly servers: readonly string[];
  readonly first: string;
  readonly sentinels: readonly string[];
  /** How many Sentinels have to agree. */
  readonly quorum: number;
  readonly proxies: number;
  readonly serverApp: string;
  readonly sentinelApp: string;
  readonly proxyApp: string;
  /** What clients are led to by the installation's Service. */
  readonly frontApp: string;
}

/** What an installation is made of, by its topology. */
export function layoutOf({ name, data }: Pick<Installation, "name" | "data">): Layout {
  const { topology } = data;
  const counts = topology.kind === "single" ? { servers: 1, sentinels: 0, proxies: 0 } : topology;
  const numbered = (app: string, count: number): string[] =>
    Array.from({ length: count }, (_, index) => `${app}-${index}`);
  const proxyApp = `${name}-proxy`;
  return {
    servers: numbered(name, counts.servers),
    first: `${name}-0`,
    sentinels: numbered(`${name}-sentinel`, counts.sentinels),
    quorum: quorumOf(counts.sentinels),
    proxies: counts.proxies,
    serverApp: name,
    sentinelApp: `${name}-sentinel`,
    proxyApp,
    frontApp: topology.kind === "single" ? name : proxyApp,
  };
}

/** Metadata of an object that belongs to a part. */
export function metadataOf({ namespace }: Pick<Installation, "namespace">, app: string, name = app): Metadata {
  return { name, namespace, labels: labels({ app, component: "data", team: "platform" }) };
}
