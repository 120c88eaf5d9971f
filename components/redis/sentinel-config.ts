import type { Installation } from "./layout.ts";
import { sentinelPort } from "./layout.ts";

/** Milliseconds of silence after which a Sentinel believes that a server is down. */
export const downAfterMilliseconds = 5_000;

/**
 * Milliseconds that a failover may take; a failed one is tried again after twice that. A replica is promoted within a second
 * or two, and what goes wrong (a split vote, a replica that had not answered yet) is better tried again soon.
 */
const failoverMilliseconds = 5_000;

/**
 * What a Sentinel is told at each start. Its own knowledge (who is the primary, who voted when) is added to it from its
 * volume by the start script, as Sentinel keeps settings and knowledge in one file.
 */
export function sentinelConfig(): string {
  return [
    `port ${sentinelPort}`,
    "bind * -::*",
    "protected-mode no",
    "dir /data",
    "aclfile /etc/sentinel/secret/users.acl",
    // Names are those of Services, whose addresses stay while pods come and go.
    "sentinel resolve-hostnames yes",
    "sentinel announce-hostnames yes",
    "",
  ].join("\n");
}

/** What it is told of the installation that it watches; comes after the line that names the primary. */
export function watchConfig({ name }: Installation): string {
  return [
    `sentinel down-after-milliseconds ${name} ${downAfterMilliseconds}`,
    `sentinel failover-timeout ${name} ${failoverMilliseconds}`,
    // One replica at a time is without its data while it copies them.
    `sentinel parallel-syncs ${name} 1`,
    "",
  ].join("\n");
}
