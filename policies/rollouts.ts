import type { Service } from "../catalogue/service.ts";
import { replicaRange } from "../components/microservice/args.ts";
import type { Environment } from "../stacks/environment.ts";
import type { DataFinding, RuleOf } from "./ids.ts";
import { sameVersion } from "../stacks/images.ts";

type AnyEnvironment = Environment<string>;

/** Rollouts that could not do what they say. */
export function rolloutFindings(environment: AnyEnvironment): DataFinding[] {
  const { catalogue, data, settings } = environment;
  const direct = directServices(Object.values(catalogue).filter(({ name }) => data.services[name]?.kind === "on"));
  return Object.entries(settings.rollouts).flatMap(([service, rollout]) => {
    if (rollout === undefined) return [];
    const declared = data.services[service];
    const at: Place = (rule, path, problem, fix) => ({
      rule: `rollout/${rule}`,
      place: `Pulumi.${data.name}.yaml: rollouts.${service}${path}`,
      problem,
      fix,
    });
    if (declared?.kind !== "on") {
      return [at("service-off", "", `${service} does not run here.`, "Remove the block, or turn the service on.")];
    }
    const { canary, blueGreen } = rollout;
    const of: Subject = { service, stable: settings.images[service], ...replicaRange(declared.scaling) };
    const routed = data.systems.edge.kind === "managed" && direct.has(service);
    return [
      ...(canary === undefined || routed ? [] : [routeFinding(data.systems.edge.kind, at)]),
      ...(canary === undefined ? [] : canaryFindings(canary, of, at)),
      ...(blueGreen === undefined ? [] : blueGreenFindings(blueGreen, of, at)),
    ];
  });
}

/** A finding about a service's rollout; the path is below its block. */
type Place = (rule: RuleOf<"rollout">, path: string, problem: string, fix: string) => DataFinding;
type Rollout = NonNullable<AnyEnvironment["settings"]["rollouts"][string]>;

/** The service that a rollout is of: the image under `images`, and how many pods it may have. */
interface Subject {
  readonly service: string;
  readonly stable: string | undefined;
  readonly min: number;
  readonly max: number;
}

function routeFinding(edge: string, at: Place): DataFinding {
  const routed = edge !== "managed" ? "the public entry is not ours" : "Kong has no route to it";
  return at(
    "canary-not-routed",
    ".canary",
    `${routed}, so that nothing can share its requests by weight.`,
    `Use blueGreen, or give it a route via "edge".`,
  );
}

function canaryFindings(
  { image, weight, minReplicas, stableMinReplicas }: NonNullable<Rollout["canary"]>,
  { service, stable, min, max }: Subject,
  at: Place,
): DataFinding[] {
  const findings: DataFinding[] = [];
  if (stableMinReplicas !== undefined && !sameVersion(image, stable)) {
    findings.push(
      at(
        "promotion",
        ".canary.stableMinReplicas",
        `is set, as while a canary is promoted, and images.${service} is ${stable} rather than ${image}.`,
        `Make images.${service} the canary's image, or remove it.`,
      ),
    );
  }
  if (stableMinReplicas === undefined && sameVersion(image, stable)) {
    findings.push(
      at("same-image", ".canary.image", `${image} is what runs already.`, "Give the image that is to be tried."),
    );
  }
  if (stableMinReplicas !== undefined && stableMinReplicas > max) {
    findings.push(
      at(
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
      at(
        "canary-replicas",
        ".canary.minReplicas",
        `${minReplicas} pods are to carry ${weight} % of what ${min} to ${max} carry.`,
        `Give ${Math.max(1, needed)} to ${max}.`,
      ),
    );
  }
  return findings;
}

/** Blue and green may be the same image: that is how green is promoted. */
function blueGreenFindings(
  { blue, minReplicas }: NonNullable<Rollout["blueGreen"]>,
  { service, stable, max }: Subject,
  at: Place,
): DataFinding[] {
  const findings: DataFinding[] = [];
  if (minReplicas !== undefined && minReplicas > max) {
    findings.push(
      at(
        "green-replicas",
        ".blueGreen.minReplicas",
        `${minReplicas} pods are more than the ${max} that ${service} has at most.`,
        `Give up to ${max}.`,
      ),
    );
  }
  if (blue !== stable) {
    findings.push(
      at(
        "blue-is-stable",
        ".blueGreen.blue",
        `is ${blue}, and images.${service} is ${stable}: blue is the service's own Deployment.`,
        "Make the two the same.",
      ),
    );
  }
  return findings;
}

/** Services that the entry sends requests to itself. Calls between services never pass it. */
function directServices(running: readonly Service<string>[]): ReadonlySet<string> {
  const gateways = running.filter(({ configFile }) => configFile.kind === "gateway");
  const owners = running.filter(
    ({ routes, grpcRoutes = [] }) => routes.some(({ via }) => via === "edge") || grpcRoutes.length > 0,
  );
  return new Set([...gateways, ...owners].map(({ name }) => name));
}
