import type { Service } from "../catalogue/service.ts";
import { replicaRange } from "../components/microservice/args.ts";
import type { Environment } from "../stacks/environment.ts";
import type { DataFinding, RuleOf } from "./ids.ts";
import { sameVersion } from "../stacks/images.ts";

type AnyEnvironment = Environment<string>;

/** Rollouts that could not do what they say. */
export function rolloutFindings({ catalogue, data, settings }: AnyEnvironment): DataFinding[] {
  const running = Object.values(catalogue).filter(({ name }) => data.services[name]?.kind === "on");
  const direct = directServices(running);
  return Object.entries(settings.rollouts).flatMap(([service, rollout]) => {
    if (rollout === undefined) return [];
    const finding = (rule: RuleOf<"rollout">, path: string, problem: string, fix: string): DataFinding => ({
      rule: `rollout/${rule}`,
      place: `Pulumi.${data.name}.yaml: rollouts.${service}${path}`,
      problem,
      fix,
    });
    const declared = data.services[service];
    if (declared?.kind !== "on") {
      return [finding("service-off", "", `${service} does not run here.`, "Remove the block, or turn the service on.")];
    }
    const { canary, blueGreen } = rollout;
    const stable = settings.images[service];
    const findings: DataFinding[] = [];
    if (canary !== undefined) {
      const { image, weight, minReplicas, stableMinReplicas } = canary;
      if (data.systems.edge.kind !== "managed" || !direct.has(service)) {
        const routed =
          data.systems.edge.kind !== "managed" ? "the public entry is not ours" : "Kong has no route to it";
        findings.push(
          finding(
            "canary-not-routed",
            ".canary",
            `${routed}, so that nothing can share its requests by weight.`,
            `Use blueGreen, or give it a route via "edge".`,
          ),
        );
      }
      if (stableMinReplicas !== undefined && !sameVersion(image, stable)) {
        findings.push(
          finding(
            "promotion",
            ".canary.stableMinReplicas",
            `is set, as while a canary is promoted, and images.${service} is ${stable} rather than ${image}.`,
            `Make images.${service} the canary's image, or remove it.`,
          ),
        );
      }
      if (stableMinReplicas === undefined && sameVersion(image, stable)) {
        findings.push(
          finding(
            "same-image",
            ".canary.image",
            `${image} is what runs already.`,
            "Give the image that is to be tried.",
          ),
        );
      }
      const { min, max } = replicaRange(declared.scaling);
      if (stableMinReplicas !== undefined && stableMinReplicas > max) {
        findings.push(
          finding(
            "stable-replicas",
            ".canary.stableMinReplicas",
            `${stableMinReplicas} pods are more than the ${max} that ${service} has at most.`,
            `Give up to ${max}.`,
          ),
        );
      }
      const needed = Math.ceil((weight / 100) * min);
      if (minReplicas < needed || minReplicas > max) {
        findings.push(
          finding(
            "canary-replicas",
            ".canary.minReplicas",
            `${minReplicas} pods are to carry ${weight} % of what ${min} to ${max} carry.`,
            `Give ${Math.max(1, needed)} to ${max}.`,
          ),
        );
      }
    }
    if (blueGreen !== undefined) {
      // Blue and green may be the same image: that is how green is promoted.
      const { blue, minReplicas } = blueGreen;
      const { max } = replicaRange(declared.scaling);
      if (minReplicas !== undefined && minReplicas > max) {
        findings.push(
          finding(
            "green-replicas",
            ".blueGreen.minReplicas",
            `${minReplicas} pods are more than the ${max} that ${service} has at most.`,
            `Give up to ${max}.`,
          ),
        );
      }
      if (blue !== stable) {
        findings.push(
          finding(
            "blue-is-stable",
            ".blueGreen.blue",
            `is ${blue}, and images.${service} is ${stable}: blue is the service's own Deployment.`,
            "Make the two the same.",
          ),
        );
      }
    }
    return findings;
  });
}

/** Services that the entry sends requests to itself. Calls between services never pass it. */
function directServices(running: readonly Service<string>[]): ReadonlySet<string> {
  const gateways = running.filter(({ configFile }) => configFile.kind === "gateway");
  const owners = running.filter(
    ({ routes, grpcRoutes = [] }) => routes.some(({ via }) => via === "edge") || grpcRoutes.length > 0,
  );
  return new Set([...gateways, ...owners].map(({ name }) => name));
}
