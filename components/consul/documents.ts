import type { Json, Ownership, Service } from "../../catalogue/service.ts";
import type { SecretKey } from "../../kubernetes/handles.ts";
import { byKey, contentHash } from "../../kubernetes/names.ts";
import { canonical, toYaml } from "../../kubernetes/render.ts";
import type { Systems } from "../systems.ts";

/** A document at `config/<service>/<key>`. */
export interface Document {
  readonly ownership: Ownership;
  readonly value: Json;
  /** The value as YAML, which is what the plan's ConfigManager reads. */
  readonly text: string;
}

/** Everything that a service finds in Consul. */
export interface ServiceDocuments {
  readonly service: string;
  readonly documents: Readonly<Record<string, Document>>;
}

export interface DocumentArgs {
  readonly service: Service<string>;
  readonly systems: Pick<Systems, "postgres" | "cache" | "saga" | "tracing">;
  readonly logLevel: string;
  /** Share of traces that are recorded, 0–1. */
  readonly traceSampleRatio: number;
  /** What the environment says about the service's features and documents. */
  readonly features?: Readonly<Record<string, boolean>>;
  readonly documents?: Readonly<Record<string, Json>>;
}

/** Keys that the platform writes itself. */
export const platformKeys = ["database", "features", "logging", "redis", "tracing"] as const;

/**
 * What a service finds below `config/<service>/`. Values that are secret stand there as references: the variable that holds
 * it in the pod, and the Secret and key that it comes from.
 */
export function documentsOf(args: DocumentArgs): ServiceDocuments {
  const { service } = args;
  const own = Object.entries(service.documents ?? {}).map(
    ([key, { ownership, value }]) => [key, document(ownership, args.documents?.[key] ?? value)] as const,
  );
  const platform = [...data(args), ...observability(args), ...features(args)];
  return { service: service.name, documents: Object.fromEntries([...own, ...platform].sort(byKey)) };
}

/** Changes with any of a service's documents, and with who owns them. */
export function revisionOf({ documents }: ServiceDocuments): string {
  return contentHash(
    Object.fromEntries(Object.entries(documents).map(([key, { ownership, text }]) => [key, `${ownership}\n${text}`])),
  );
}

type Entry = readonly [key: string, document: Document];

function data({ service, systems: { postgres, cache, saga } }: DocumentArgs): Entry[] {
  const { needs } = service;
  const redis = {
    ...(needs.cache === undefined || cache === undefined
      ? {}
      : {
          cache: {
            url: reference("REDIS_URL", cache.url(service.name)),
            keyPrefixes: needs.cache.keyPrefixes,
            // The plan's MultiLevelCache: 1,000 entries for five minutes in the process, an hour in Redis.
            memory: { entries: 1_000, ttlSeconds: 300 },
            shared: { ttlSeconds: 3_600 },
          },
        }),
    ...(needs.saga === undefined || saga === undefined
      ? {}
      : { saga: { url: reference("SAGA_REDIS_URL", saga.url(service.name)), keyPrefix: "saga:" } }),
  };
  return [
    ...(needs.database === undefined || postgres === undefined
      ? []
      : [
          entry("database", "restore", {
            name: needs.database.name,
            url: reference("DATABASE_URL", postgres.primary(needs.database.name)),
            replicaUrls: reference("DATABASE_REPLICA_URLS", postgres.replicas(needs.database.name)),
          }),
        ]),
    ...(Object.keys(redis).length === 0 ? [] : [entry("redis", "restore", redis)]),
  ];
}

function observability({ service, systems: { tracing }, logLevel, traceSampleRatio }: DocumentArgs): Entry[] {
  const traced = service.needs.tracing !== undefined && tracing !== undefined;
  return [
    // Whoever raises the level to look into something may take their time.
    entry("logging", "keep", { level: logLevel, format: "json" }),
    entry(
      "tracing",
      "restore",
      traced
        ? {
            enabled: true,
            endpoint: `http://${tracing.endpoint.host}:${tracing.endpoint.port}`,
            sampleRatio: traceSampleRatio,
          }
        : { enabled: false },
    ),
  ];
}

/** Switches are thrown by hand when something burns; what was thrown stays, and is reported. */
function features({ service, features: chosen = {} }: DocumentArgs): Entry[] {
  const all = Object.entries(service.features ?? {}).map(([name, { on }]) => [name, chosen[name] ?? on] as const);
  return all.length === 0 ? [] : [entry("features", "keep", Object.fromEntries(all))];
}

function reference(env: string, { secret, key }: SecretKey): Json {
  return { env, secret, key };
}

function entry(key: string, ownership: Ownership, value: Json): Entry {
  return [key, document(ownership, value)];
}

function document(ownership: Ownership, value: Json): Document {
  return { ownership, value, text: toYaml(canonical(value)) };
}
