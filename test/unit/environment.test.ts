import { describe, expect, it } from "vitest";
import type { ServiceName } from "../../catalogue/services.ts";
import type { Component, KubernetesObject } from "../../kubernetes/manifest.ts";
import { objectsOf } from "../../kubernetes/manifest.ts";
import { Findings } from "../../policies/finding.ts";
import { totalDemand } from "../../policies/quota.ts";
import type { Environment, EnvironmentData, ServiceData } from "../../stacks/environment.ts";
import { imageOf } from "../../stacks/images.ts";
import { built, environmentOf } from "../support/environments.ts";

const prod = environmentOf("prod");

function withData(change: Partial<EnvironmentData>, environment: Environment = prod): Environment {
  return { ...environment, data: { ...environment.data, ...change } };
}
const withSystem = (name: keyof EnvironmentData["systems"]): Environment =>
  withData({ systems: { ...prod.data.systems, [name]: { kind: "off" } } });
const withService = (name: ServiceName, data: ServiceData): Environment =>
  withData({ services: { ...prod.data.services, [name]: data } });

/** What is wrong with an environment. */
function problems(environment: Environment): string[] {
  try {
    built(environment);
    return [];
  } catch (error) {
    if (!(error instanceof Findings)) throw error;
    return error.findings.map(({ place, problem, fix }) => `${place}: ${problem} ${fix}`);
  }
}

describe("an environment does not build", () => {
  it("when a system is off that a service needs, once for each service", () => {
    const found = problems(withSystem("postgres"));
    expect(found).toContain(
      "stacks/prod.ts: systems.postgres: is off, and auth-service needs it. Turn it on, or turn auth-service off.",
    );
    expect(found).toHaveLength(7);
  });

  it("when a service is off that another calls", () => {
    expect(problems(withService("user-service", { kind: "off" }))).toContain(
      "stacks/prod.ts: services.user-service: is off, and xiaoai-service calls it. Turn it on, or turn xiaoai-service off.",
    );
  });

  it("when the gateway is off and routes pass through it", () => {
    expect(problems(withService("suoke-life-gateway", { kind: "off" }))).toContain(
      "stacks/prod.ts: services.auth-service: has routes through a gateway, and none is on. Turn the gateway on.",
    );
  });

  it("with fewer replicas than zones where each zone must have one", () => {
    const found = problems(withService("soer-service", { kind: "on", scaling: { kind: "fixed", replicas: 2 } }));
    expect(found).toEqual([
      "stacks/prod.ts: services.soer-service.scaling: has 2 replicas at least for 3 zones. Give it 3 or more: a zone may fail.",
    ]);
  });

  it.each([
    [{ kind: "auto", min: 5, max: 4, cpuPercent: 70 }, "has 5 to 4 replicas"],
    [{ kind: "fixed", replicas: 0 }, "has 0 to 0 replicas"],
    [{ kind: "auto", min: 3, max: 4, cpuPercent: 170 }, "aims at 170 % of a request"],
  ] as const)("with impossible scaling %o", (scaling, message) => {
    expect(problems(withService("soer-service", { kind: "on", scaling })).join()).toContain(message);
  });

  it("with a quota that its largest scale exceeds, naming the sum and the largest contributors", () => {
    const [found] = problems(withData({ quota: { ...prod.data.quota, "requests.cpu": "10" } }));
    expect(found).toMatch(
      /^quota.requests.cpu: is 10, and at the largest scale \d+m may be asked for \(largest: [a-z-]+ \d+m?, [a-z-]+ \d+m?, /,
    );
    const needed = totalDemand(objectsOf(built(prod)), prod.data.nodes).sum["requests.cpu"] * 1000;
    expect(found).toContain(`Raise it to ${Math.round(needed)}m`);
  });

  it("with a rotation of a secret that it does not have", () => {
    const settings = { ...prod.settings, rotations: { "postgres-auht": 1 } };
    expect(problems({ ...prod, settings })).toEqual([
      'Pulumi.prod.yaml: rotations.postgres-auht: no secret is called "postgres-auht". Did you mean "postgres-auth"?',
    ]);
  });
});

describe("an environment builds", () => {
  it("without a system that is optional, and its services go without", () => {
    const objects = objectsOf(built(withSystem("tracing")));
    expect(JSON.stringify(objects.filter(({ kind }) => kind === "Deployment"))).toContain(
      '{"name":"OTEL_SDK_DISABLED","value":"true"}',
    );
    expect(JSON.stringify(objects.filter(({ kind }) => kind !== "Secret"))).not.toContain("4317");
  });

  it("without the edge and the scraper, which then may not connect", () => {
    const { systems } = prod.data;
    const objects = objectsOf(
      built(withData({ systems: { ...systems, edge: { kind: "off" }, metrics: { kind: "off" } } })),
    );
    const services = objects.filter(
      ({ kind, metadata }) => kind === "NetworkPolicy" && metadata.labels["app.kubernetes.io/component"] === "service",
    );
    expect(services).toHaveLength(8);
    for (const policy of services) expect(JSON.stringify(policy)).not.toContain("namespaceSelector");
  });

  it("with the optional services on, the saga's owner among them", () => {
    const scaling = { kind: "auto", min: 3, max: 4, cpuPercent: 70 } as const;
    const environment = withData({
      quota: {
        "requests.cpu": "100",
        "requests.memory": "200Gi",
        "limits.cpu": "400",
        "limits.memory": "400Gi",
        pods: "300",
      },
      services: {
        ...prod.data.services,
        "consultation-service": { kind: "on", scaling },
        "notification-service": { kind: "on", scaling },
      },
    });
    const settings = {
      ...prod.settings,
      images: { ...prod.settings.images, "consultation-service": "v1.0.0", "notification-service": "v1.0.0" },
    };
    const objects = objectsOf(built({ ...environment, settings }));
    const deployment = objects.find(
      ({ kind, metadata }) => kind === "Deployment" && metadata.name === "consultation-service",
    );
    expect(JSON.stringify(deployment)).toContain('"SAGA_REDIS_URL"');
  });
});

describe("the largest demand", () => {
  const services = (components: readonly Component[]): KubernetesObject[] =>
    objectsOf(components.filter(({ type }) => type === "suoke:service:Microservice"));

  it("counts every service at its maximum and its surge, and the largest of them a second time", () => {
    const total = totalDemand(services(built(prod)));
    expect(total.demands).toHaveLength(8);
    expect(total.demands.map(({ replicas, surge }) => [replicas, surge])).toEqual(Array(8).fill([10, 3]));
    expect(total.workloads.pods).toBe(8 * 13);
    expect(total.secondTrack.pods).toBe(10);
    // 3 standard services, 4 agents, 1 gateway; the second track is an agent.
    expect(total.sum["requests.cpu"]).toBeCloseTo(13 * (3 * 0.25 + 4 * 0.5 + 0.1) + 10 * 0.5, 9);
  });
});

describe("an image", () => {
  const settings = (version: string) => ({ ...prod.settings, images: { "auth-service": version } });
  const digest = `sha256:${"ab".repeat(32)}`;
  it.each([
    ["v1.2.3", "registry.suoke.life/auth-service:v1.2.3", "v1.2.3"],
    [`v1.2.3@${digest}`, `registry.suoke.life/auth-service:v1.2.3@${digest}`, "v1.2.3"],
    [digest, `registry.suoke.life/auth-service@${digest}`, "sha256-abababababab"],
  ])("of %s has a reference and a version that is a valid label", (version, reference, label) => {
    expect(imageOf("auth-service", settings(version))).toEqual({ reference, version: label });
    expect(label).toMatch(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/);
  });
});
