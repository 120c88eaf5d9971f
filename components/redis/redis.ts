import type { ConfigKey, Endpoint, SecretKey } from "../../kubernetes/handles.ts";
import { labels } from "../../kubernetes/labels.ts";
import type { Component, Manifest } from "../../kubernetes/manifest.ts";
import type { Connection, Peer } from "../../kubernetes/network.ts";
import type { Rotations, SecretExpression } from "../../kubernetes/secrets.ts";
import type { External } from "../systems.ts";
import type { ManagedCache, ManagedDurable, RedisClient } from "./data.ts";
import type { Target } from "./exporter.ts";
import { externalRedis } from "./external.ts";
import { managedRedis } from "./managed.ts";

/** What services and the exporter hold of a Redis installation. */
export interface Redis {
  readonly component: Component;
  /** Connection URL of one service. */
  readonly url: (service: string) => SecretKey;
  readonly endpoint: Endpoint;
  /** The same for those who write a URL's parts elsewhere. */
  readonly login: (service: string) => { readonly username: string; readonly password: SecretExpression };
  readonly connection: Connection;
  /** Servers and Sentinels to look at; none where somebody else runs them. */
  readonly targets: readonly Target[];
}

/** The cache also says where it is without saying how to log in. */
export interface Cache extends Redis {
  readonly host: ConfigKey;
  readonly port: ConfigKey;
}

export interface RedisArgs<Data> {
  readonly namespace: string;
  readonly data: Data;
  /** The services that use it. */
  readonly clients: readonly RedisClient[];
  readonly zoneSpread: "preferred" | "required";
  readonly scraper?: Peer;
  readonly rotations: Rotations;
}

/** The Redis that may lose what it holds: `REDIS_URL`. */
export function redisCache(args: RedisArgs<External | ManagedCache>): Cache {
  const name = "redis-cache";
  const { data } = args;
  const redis =
    data.kind === "external" ? externalRedis({ ...args, name, server: data }) : managedRedis({ ...args, name, data });
  return withConfigMap(redis, args.namespace);
}

/** The Redis that must not: `SAGA_REDIS_URL`. */
export function redisDurable(args: RedisArgs<External | ManagedDurable>): Redis {
  const name = "redis-durable";
  const { data } = args;
  return data.kind === "external"
    ? externalRedis({ ...args, name, server: data })
    : managedRedis({ ...args, name, data, durable: data });
}

/** The plan's ConfigMap, for what is no secret: its URL cannot be in there, as it has a password. */
function withConfigMap({ component, endpoint, ...rest }: Redis, namespace: string): Cache {
  const configMap = "redis-config";
  const key = (name: string, value: string): ConfigKey => ({ component: component.name, configMap, key: name, value });
  const host = key("redis-host", endpoint.host);
  const port = key("redis-port", String(endpoint.port));
  const manifest: Manifest = {
    object: {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: {
        name: configMap,
        namespace,
        labels: labels({ app: component.name, component: "data", team: "platform" }),
      },
      data: { [host.key]: host.value, [port.key]: port.value },
    },
  };
  return {
    ...rest,
    endpoint,
    host,
    port,
    component: { ...component, manifests: [...component.manifests, manifest] },
  };
}
