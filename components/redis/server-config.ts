import { parseQuantity } from "../../kubernetes/quantity.ts";
import type { Installation } from "./layout.ts";
import { redisPort } from "./layout.ts";
import { maxMemory } from "./sizing.ts";

/**
 * Seconds for which a primary goes on taking writes without hearing from a replica. As long as the Sentinels wait before
 * they call a primary down: when they name another one, a primary that was cut off has already stopped.
 */
export const cutOffSeconds = 5;

/** Seconds a server waits for its replicas to catch up before it stops. */
export const shutdownSeconds = 10;

type Directive = readonly [name: string, value: string | number];

/** `redis.conf` of a server: what is the same for all servers of an installation. */
export function serverConfig(installation: Installation): string {
  const directives = [...common(installation), ...(installation.durable === undefined ? cache : durable(installation))];
  return directives.map(([name, value]) => `${name} ${value}\n`).join("");
}

function common({ name, data }: Installation): readonly Directive[] {
  const limit = parseQuantity(data.memory);
  return [
    ["port", redisPort],
    ["bind", "* -::*"],
    // Protected mode is for servers without passwords; this one has an ACL and a NetworkPolicy.
    ["protected-mode", "no"],
    ["dir", "/data"],
    ["databases", 1],
    ["aclfile", "/etc/redis/acl/users.acl"],
    ["maxmemory", maxMemory(name, data.memory)],
    // Finds connections whose other end is gone without a word.
    ["tcp-keepalive", 60],
    ["shutdown-timeout", shutdownSeconds],
    // Buffers for replicas are beside the data, so that they are bounded by what the limit leaves.
    ["repl-backlog-size", Math.floor(limit / 32)],
    ["client-output-buffer-limit", `replica ${Math.floor(limit / 8)} ${Math.floor(limit / 16)} 60`],
    ["latency-monitor-threshold", 100],
  ];
}

/** Everything is in the append-only file a second later at most; a snapshot beside it is what can be copied off. */
function durable({ data }: Installation): readonly Directive[] {
  return [
    ["maxmemory-policy", "noeviction"],
    ["appendonly", "yes"],
    ["appendfsync", "everysec"],
    ["auto-aof-rewrite-percentage", 100],
    ["auto-aof-rewrite-min-size", "64mb"],
    ["save", "3600 1 300 100"],
    ...(data.topology.kind === "single"
      ? []
      : ([
          ["min-replicas-to-write", 1],
          ["min-replicas-max-lag", cutOffSeconds],
        ] as const)),
  ];
}

/** What is least used goes first. A replica is filled over the network: there is nothing on disk to keep. */
const cache: readonly Directive[] = [
  ["maxmemory-policy", "allkeys-lfu"],
  ["appendonly", "no"],
  ["save", '""'],
  ["repl-diskless-load", "on-empty-db"],
];
