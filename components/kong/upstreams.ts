import type { Service } from "../../catalogue/service.ts";
import type { Metadata } from "../../kubernetes/manifest.ts";
import type { KongUpstreamPolicy } from "./resources.ts";
import { connectTimeoutSeconds, readTimeoutSeconds, retries } from "./timeouts.ts";

/** Name of the policy of a service's port. Every track of a service has the same one, or Kong would ignore it. */
export function upstreamPolicyName(service: string, port: "http" | "grpc"): string {
  return `${service}-${port}`;
}

/** What Kong reads off a Service that it routes to. Times are in milliseconds. */
export function serviceAnnotations(service: Service<string>, port: "http" | "grpc"): Record<string, string> {
  const read = String(readTimeoutSeconds(service) * 1000);
  return {
    "konghq.com/upstream-policy": upstreamPolicyName(service.name, port),
    "konghq.com/connect-timeout": String(connectTimeoutSeconds * 1000),
    "konghq.com/read-timeout": read,
    "konghq.com/write-timeout": read,
    "konghq.com/retries": String(retries),
    // Without it Kong would speak HTTP/1.1 to a gRPC server.
    ...(port === "grpc" ? { "konghq.com/protocol": "grpc" } : {}),
  };
}

/**
 * The circuit breaker. What a pod answers opens it (passive checks): five errors in a row, two refused connections or three
 * answers that do not come. Then the pod is asked for its readiness every five seconds (active checks, of open ones alone)
 * and closes it with two good answers in a row. 429 is no failure: it is a limit that works.
 * https://docs.konghq.com/gateway/latest/how-kong-works/health-checks/
 */
export function upstreamPolicy(
  service: Service<string>,
  port: "http" | "grpc",
  withOldGateway: boolean,
  meta: (name: string) => Metadata,
): KongUpstreamPolicy {
  // A connection must do for the old gateway, which does not know the path.
  const path = withOldGateway ? undefined : healthPath(service, port);
  return {
    apiVersion: "configuration.konghq.com/v1beta1",
    kind: "KongUpstreamPolicy",
    metadata: meta(upstreamPolicyName(service.name, port)),
    spec: {
      // Answers take from milliseconds to half a minute: the pod with the fewest open requests is the least busy.
      algorithm: "least-connections",
      healthchecks: {
        threshold: 0,
        active: {
          ...(path === undefined ? { type: "tcp" as const } : { type: "http" as const, httpPath: path }),
          timeout: 2,
          // Zero: pods that are in service are not asked, Kubernetes does that.
          healthy: { interval: 0, successes: 2, ...(path === undefined ? {} : { httpStatuses: [200, 204] }) },
          unhealthy: { interval: 5, httpFailures: 1, tcpFailures: 1, timeouts: 1 },
        },
        passive: {
          type: port === "grpc" ? "tcp" : "http",
          // One good answer resets the count.
          healthy: { successes: 1 },
          unhealthy: {
            httpFailures: port === "grpc" ? 0 : 5,
            tcpFailures: 2,
            timeouts: 3,
            ...(port === "grpc" ? {} : { httpStatuses: [500, 502, 503, 504] }),
          },
        },
      },
    },
  };
}

/**
 * Where a pod says that it is well, on the port that requests go to: its readiness, or where that is on another port the health
 * that it answers anybody with. Nothing where it has neither.
 */
function healthPath({ probes, routes }: Service<string>, port: "http" | "grpc"): string | undefined {
  if (probes.kind === "http" && probes.port === port) return probes.ready;
  return routes.find(
    (route) => route.port === port && route.method === "GET" && route.auth === "open" && route.path === "/health",
  )?.path;
}
