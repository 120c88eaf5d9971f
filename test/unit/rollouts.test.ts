import { load } from "js-yaml";
import { describe, expect, it } from "vitest";
import type { KubernetesObject, ObjectOf } from "../../kubernetes/manifest.ts";
import { objectsOf } from "../../kubernetes/manifest.ts";
import { canonical } from "../../kubernetes/render.ts";
import { environmentFindings } from "../../policies/environment.ts";
import type { Environment } from "../../stacks/environment.ts";
import type { Settings } from "../../stacks/settings.ts";
import { built, environmentOf } from "../support/environments.ts";
import type { RuleFile } from "../support/metrics/rules.ts";

const prod = environmentOf("prod");

function withRollouts(rollouts: Settings["rollouts"], environment: Environment = prod): Environment {
  return { ...environment, settings: { ...environment.settings, rollouts } };
}

const canary = (weight: number, image = "v1.1.0", minReplicas = 3): Settings["rollouts"] => ({
  "auth-service": { canary: { image, weight, minReplicas } },
});
const blueGreen = (active: "blue" | "green"): Settings["rollouts"] => ({
  "xiaoke-service": { blueGreen: { active, blue: "v1.0.0", green: "v1.1.0" } },
});

function byName(environment: Environment): ReadonlyMap<string, KubernetesObject> {
  return new Map(objectsOf(built(environment)).map((object) => [`${object.kind} ${object.metadata.name}`, object]));
}

/** Objects that are new, gone or different. */
function difference(before: Environment, after: Environment): Record<string, string[]> {
  const [old, now] = [byName(before), byName(after)];
  const text = (object: KubernetesObject | undefined): string => JSON.stringify(canonical(object));
  return {
    added: [...now.keys()].filter((name) => !old.has(name)).sort(),
    removed: [...old.keys()].filter((name) => !now.has(name)).sort(),
    changed: [...now.keys()].filter((name) => old.has(name) && text(now.get(name)) !== text(old.get(name))).sort(),
  };
}

function weightsOf(environment: Environment, route: string): (readonly [string, number | undefined])[][] {
  const object = byName(environment).get(`HTTPRoute ${route}`) as ObjectOf<"HTTPRoute">;
  return (object.spec.rules ?? []).map(({ backendRefs }) =>
    (backendRefs ?? []).map(({ name, weight }) => [name, weight] as const),
  );
}

/** Prometheus learns what each track gets, and dashboards mark where that changes. */
const marked = "ConfigMap prometheus-config";

/** What Prometheus is told that the tracks of a service get, in percent. */
function told(environment: Environment, service: string): Record<string, number> {
  const { data } = byName(environment).get(marked) as ObjectOf<"ConfigMap">;
  const { groups } = load(data?.["suoke_life_rules.yml"] ?? "") as RuleFile;
  const rules = groups.flatMap((group) => group.rules).filter(({ record }) => record === "suoke:rollout:percent");
  return Object.fromEntries(
    rules
      .filter(({ labels }) => labels?.["service"] === service)
      .map(({ labels, expr }) => [labels?.["track"] ?? "", Number(/^vector\((\d+)\)$/.exec(expr)?.[1])] as const),
  );
}

function problems(rollouts: Settings["rollouts"], environment: Environment = prod): string[] {
  return environmentFindings(withRollouts(rollouts, environment)).map(
    ({ rule, place, problem, fix }) => `${rule} ${place}: ${problem} ${fix}`,
  );
}

describe("a canary", () => {
  it("begins with objects of its own beside the service, and a second backend of weight 0", () => {
    expect(difference(prod, withRollouts(canary(0)))).toEqual({
      added: [
        "Deployment auth-service-canary",
        "HorizontalPodAutoscaler auth-service-canary-hpa",
        "Service auth-service-canary",
        "Service auth-service-canary-grpc",
      ],
      removed: [],
      changed: [marked, "HTTPRoute auth-service"],
    });
  });

  it("has its pods before it gets requests: the routes are applied after it", () => {
    const routes = built(withRollouts(canary(10))).find(({ name }) => name === "kong-routes");
    expect(routes?.dependsOn).toContain("auth-service");
  });

  it("shifts traffic by one changed object, in every rule that leads to the service, and says so to Prometheus", () => {
    expect(difference(withRollouts(canary(10)), withRollouts(canary(25)))).toEqual({
      added: [],
      removed: [],
      changed: [marked, "HTTPRoute auth-service"],
    });
    expect(told(withRollouts(canary(10)), "auth-service")).toEqual({ stable: 90, canary: 10 });
    expect(told(withRollouts(canary(25)), "auth-service")).toEqual({ stable: 75, canary: 25 });
    for (const rule of weightsOf(withRollouts(canary(25)), "auth-service")) {
      expect(rule).toEqual([
        ["auth-service", 75],
        ["auth-service-canary", 25],
      ]);
    }
  });

  it("runs its own image as its own version, on the service's configuration", () => {
    const now = byName(withRollouts(canary(10)));
    const [stable, second] = ["auth-service", "auth-service-canary"].map(
      (name) => now.get(`Deployment ${name}`) as ObjectOf<"Deployment">,
    );
    const pods = second?.spec?.template;
    expect(pods?.metadata?.labels).toMatchObject({ app: "auth-service", track: "canary", version: "v1.1.0" });
    expect(pods?.spec?.containers[0]?.image).toBe("registry.suoke.life/auth-service:v1.1.0");
    expect(JSON.stringify(pods?.spec?.containers[0]?.env)).toContain("service.version=v1.1.0");
    expect(pods?.spec?.volumes).toEqual(stable?.spec?.template.spec?.volumes);
    expect(second?.spec?.replicas).toBeUndefined();
  });

  it("is kept from calls between services: the service's own host leads to the stable track", () => {
    const service = byName(withRollouts(canary(50))).get("Service auth-service") as ObjectOf<"Service">;
    expect(service.spec?.selector).toEqual({ app: "auth-service", track: "stable" });
  });

  it("shares one policy with the stable track, or Kong would follow neither", () => {
    const now = byName(withRollouts(canary(50)));
    const policies = ["auth-service", "auth-service-canary"].map(
      (name) => now.get(`Service ${name}`)?.metadata.annotations?.["konghq.com/upstream-policy"],
    );
    expect(policies).toEqual(["auth-service-http", "auth-service-http"]);
  });

  it("is promoted in two steps: the stable track takes its image, and then all requests", () => {
    const images = { ...prod.settings.images, "auth-service": "v1.1.0" };
    const settled = { ...prod, settings: { ...prod.settings, images } };
    const step = (weight: number) =>
      withRollouts(
        { "auth-service": { canary: { image: "v1.1.0", weight, minReplicas: 3, stableMinReplicas: 6 } } },
        settled,
      );
    // While the canary carries everything, only what carries nothing changes, and the version that Consul is told.
    expect(difference(withRollouts(canary(100)), step(100))).toEqual({
      added: [],
      removed: [],
      changed: ["Deployment auth-service", "HorizontalPodAutoscaler auth-service-hpa"],
    });
    const autoscaler = byName(step(100)).get("HorizontalPodAutoscaler auth-service-hpa");
    expect((autoscaler as ObjectOf<"HorizontalPodAutoscaler">).spec.minReplicas).toBe(6);
    expect(difference(step(100), step(0))).toEqual({
      added: [],
      removed: [],
      changed: [marked, "HTTPRoute auth-service"],
    });
    expect(weightsOf(step(0), "auth-service")[0]).toEqual([
      ["auth-service", 100],
      ["auth-service-canary", 0],
    ]);
  });

  it("of the gateway shares everything that passes through it", () => {
    const rollouts = { "suoke-life-gateway": { canary: { image: "v2.0.0", weight: 10, minReplicas: 3 } } };
    const rules = weightsOf(withRollouts(rollouts), "suoke-life-gateway");
    expect(rules.length).toBeGreaterThan(3);
    for (const rule of rules) expect(rule[1]).toEqual(["suoke-life-gateway-canary", 10]);
  });
});

describe("blue and green", () => {
  it("begin with a second Deployment, and nothing that serves changes", () => {
    expect(difference(prod, withRollouts(blueGreen("blue")))).toEqual({
      added: ["Deployment xiaoke-service-green", "HorizontalPodAutoscaler xiaoke-service-green-hpa"],
      removed: [],
      changed: [marked],
    });
    expect(told(withRollouts(blueGreen("blue")), "xiaoke-service")).toEqual({ stable: 100, green: 0 });
  });

  it("flip by the selectors of the service's own hosts, so that calls between services follow", () => {
    const green = withRollouts(blueGreen("green"));
    expect(difference(withRollouts(blueGreen("blue")), green)).toEqual({
      added: [],
      removed: [],
      changed: [marked, "Service xiaoke-service", "Service xiaoke-service-grpc"],
    });
    expect(told(green, "xiaoke-service")).toEqual({ stable: 0, green: 100 });
    const service = byName(green).get("Service xiaoke-service") as ObjectOf<"Service">;
    expect(service.spec?.selector).toEqual({ app: "xiaoke-service", track: "green" });
  });

  it("may be one image, as green is promoted: blue takes it while green serves", () => {
    const images = { ...prod.settings.images, "xiaoke-service": "v1.1.0" };
    const settled = { ...prod, settings: { ...prod.settings, images } };
    for (const active of ["green", "blue"] as const) {
      const rollouts = { "xiaoke-service": { blueGreen: { active, blue: "v1.1.0", green: "v1.1.0" } } };
      expect(problems(rollouts, settled)).toEqual([]);
    }
  });

  it("have both as many pods as the settings ask for, so that the idle one can take over", () => {
    const rollouts = {
      "xiaoke-service": { blueGreen: { active: "blue" as const, blue: "v1.0.0", green: "v1.1.0", minReplicas: 7 } },
    };
    const now = byName(withRollouts(rollouts));
    for (const name of ["xiaoke-service-hpa", "xiaoke-service-green-hpa"]) {
      const autoscaler = now.get(`HorizontalPodAutoscaler ${name}`) as ObjectOf<"HorizontalPodAutoscaler">;
      expect(autoscaler.spec.minReplicas).toBe(7);
    }
  });

  it("give the second one as many pods as the first has", () => {
    const now = byName(withRollouts(blueGreen("blue")));
    const scale = (name: string) => (now.get(name) as ObjectOf<"HorizontalPodAutoscaler">).spec.minReplicas;
    expect(scale("HorizontalPodAutoscaler xiaoke-service-green-hpa")).toBe(
      scale("HorizontalPodAutoscaler xiaoke-service-hpa"),
    );
  });
});
