import type { KubernetesObject } from "../kubernetes/manifest.ts";
import { objectsOf } from "../kubernetes/manifest.ts";
import { canonical, toYaml } from "../kubernetes/render.ts";
import type { Environment } from "../stacks/environment.ts";
import { platform } from "../stacks/platform.ts";
import type { Settings } from "../stacks/settings.ts";

/** The version that is on its way in the examples. No service has it. */
const next = "v0.0.0-next";

/**
 * Services in the middle of a rollout, which no environment may be in when somebody changes how services are built: what
 * there is of a canary and of a green one, and what sends requests to them. By name of the example.
 */
export function rolloutExamples(environment: Environment): ReadonlyMap<string, string> {
  const stable = environment.settings.images["xiaoke-service"] ?? next;
  const canary = { "auth-service": { canary: { image: next, weight: 25, minReplicas: 3 } } };
  const green = { "xiaoke-service": { blueGreen: { active: "green" as const, blue: stable, green: next } } };
  return new Map([
    [
      "canary",
      rendered(environment, canary, [
        "Deployment auth-service-canary",
        "HorizontalPodAutoscaler auth-service-canary-hpa",
        "Service auth-service",
        "Service auth-service-canary",
        "Service auth-service-canary-grpc",
        "HTTPRoute auth-service",
      ]),
    ],
    [
      "blue-green",
      rendered(environment, green, [
        "Deployment xiaoke-service-green",
        "HorizontalPodAutoscaler xiaoke-service-green-hpa",
        "Service xiaoke-service",
        "Service xiaoke-service-grpc",
      ]),
    ],
  ]);
}

function rendered(environment: Environment, rollouts: Settings["rollouts"], names: readonly string[]): string {
  const objects = objectsOf(platform({ ...environment, settings: { ...environment.settings, rollouts } }));
  const wanted = names.flatMap((name) => objects.filter(({ kind, metadata }) => `${kind} ${metadata.name}` === name));
  return wanted.map((object: KubernetesObject) => `---\n${toYaml(canonical(object))}`).join("");
}
