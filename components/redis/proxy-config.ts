import type { Layout } from "./layout.ts";
import { proxyMetricsPort, redisPort, sentinelPort } from "./layout.ts";

/** Connections that a proxy carries. */
export const proxyConnections = 4_000;
/** Seconds that a stopping proxy leaves its connections, once nobody is sent to it any more. */
export const proxyDrainSeconds = 10;

/**
 * `haproxy.cfg`: leads every connection to the server that a majority of the Sentinels name as the primary and that says so
 * itself. Either alone can be wrong: a primary that was cut off still says that it is one, and the Sentinels may name one
 * that has just gone. Checks log in as `health`, whose password HAProxy reads from its environment.
 */
export function proxyConfig(name: string, layout: Layout): string {
  return [
    header,
    metrics(layout),
    front(layout),
    ...layout.servers.map((server) => backends(name, server, layout)),
  ].join("\n");
}

const header = `global
  log stdout format raw local0 notice
  maxconn ${proxyConnections}
  hard-stop-after ${proxyDrainSeconds}s

defaults
  mode tcp
  log global
  # Clients keep connections for long and say nothing on most of them; the kernel finds those whose other end is gone.
  option clitcpka
  option srvtcpka
  timeout connect 2s
  timeout client 1h
  timeout server 1h
  timeout check 1s
  option tcp-check
  # A connection to a server that is not the primary any more must not live on.
  default-server check inter 1s fall 2 rise 1 on-marked-down shutdown-sessions
`;

/** Until the first checks are through, HAProxy takes every server to be up, so that several seem to be named. */
function metrics({ servers, quorum }: Layout): string {
  const pairs = servers.flatMap((one, index) => servers.slice(index + 1).map((other) => [one, other] as const));
  return [
    "frontend metrics",
    "  mode http",
    `  bind :${proxyMetricsPort}`,
    "  timeout client 10s",
    "  monitor-uri /ready",
    ...pairs.map((pair) => `  monitor fail if ${pair.map((server) => named(server, quorum)).join(" ")}`),
    "  http-request use-service prometheus-exporter if { path /metrics }",
    "",
  ].join("\n");
}

function front({ servers, quorum }: Layout): string {
  return [
    "frontend redis",
    `  bind :${redisPort}`,
    ...servers.map((server) => `  use_backend primary-${server} if ${named(server, quorum)}`),
    "",
  ].join("\n");
}

/** A condition: so many Sentinels name the server. */
function named(server: string, quorum: number): string {
  return `{ nbsrv(named-${server}) ge ${quorum} }`;
}

/** Sentinels that name a server, and the server itself. */
function backends(name: string, server: string, { sentinels }: Layout): string {
  return [
    `backend named-${server}`,
    ...check(`SENTINEL get-master-addr-by-name ${name}`, server),
    ...sentinels.map((sentinel) => `  server ${sentinel} ${sentinel}:${sentinelPort}`),
    "",
    `backend primary-${server}`,
    ...check("ROLE", "master"),
    `  server ${server} ${server}:${redisPort}`,
    "",
  ].join("\n");
}

/** Logs in, asks, and looks for a whole item of the answer: redis-cache-1 is not redis-cache-10. */
function check(question: string, answer: string): string[] {
  return [
    "  tcp-check connect",
    '  tcp-check send "AUTH health ${HEALTH_PASSWORD}\\r\\n"',
    "  tcp-check expect string +OK",
    `  tcp-check send "${question}\\r\\n"`,
    `  tcp-check expect string "\\r\\n${answer}\\r\\n"`,
  ];
}
