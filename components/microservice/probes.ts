import type { Probes, Service } from "../../catalogue/service.ts";
import type { ObjectOf } from "../../kubernetes/manifest.ts";

type PodSpec = NonNullable<NonNullable<ObjectOf<"Deployment">["spec"]>["template"]["spec"]>;
type Container = PodSpec["containers"][number];
type Probe = NonNullable<Container["livenessProbe"]>;

/**
 * Seconds a pod keeps serving after it is told to stop: endpoints take this long to reach every proxy, and a request
 * that arrives at a closed port is an error that a user sees.
 */
export const preStopSeconds = 10;
/** Left for the program to close its connections once its last request is answered. */
export const shutdownSeconds = 5;

/** Seconds from the request to stop until the pod is killed. */
export function graceSeconds({ longestRequestSeconds }: Pick<Service, "longestRequestSeconds">): number {
  return preStopSeconds + longestRequestSeconds + shutdownSeconds;
}

/** How pods of a service end: they serve on until nobody sends them requests, and have time for the longest one. */
export function lifecycle(service: Service<string>): {
  readonly pod: Pick<PodSpec, "terminationGracePeriodSeconds">;
  readonly container: Pick<Container, "lifecycle">;
} {
  return {
    pod: { terminationGracePeriodSeconds: graceSeconds(service) },
    container: { lifecycle: { preStop: { sleep: { seconds: preStopSeconds } } } },
  };
}

/**
 * The plan waits 30 s before the first liveness check, which is too short for a slow start and too long for a hung one.
 * A start-up probe asks every two seconds instead and gives the service as long as it declares.
 */
export function probes(
  declared: Probes,
  ports: Service["ports"],
): Pick<Container, "startupProbe" | "livenessProbe" | "readinessProbe"> {
  const { live, ready } = handlers(declared, ports);
  return {
    startupProbe: {
      ...live,
      periodSeconds: 2,
      timeoutSeconds: 2,
      failureThreshold: Math.ceil(declared.startSeconds / 2),
    },
    // Restarting is drastic: half a minute of silence, each answer given five seconds under load.
    livenessProbe: { ...live, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 },
    // Leaving the Service is cheap: two misses.
    readinessProbe: { ...ready, periodSeconds: 5, timeoutSeconds: 2, failureThreshold: 2 },
  };
}

function handlers(declared: Probes, ports: Service["ports"]): { readonly live: Probe; readonly ready: Probe } {
  if (declared.kind === "http") {
    const { port, live, ready } = declared;
    return { live: { httpGet: { path: live, port } }, ready: { httpGet: { path: ready, port } } };
  }
  // gRPC probes take numbers only. A missing port is reported by the catalogue's checks.
  const port = ports[declared.port] ?? 0;
  return { live: { grpc: { port, service: "liveness" } }, ready: { grpc: { port, service: "" } } };
}
