import { describe, expect, it } from "vitest";
import type { Component, KubernetesObject } from "../../kubernetes/manifest.ts";
import { objectsOf } from "../../kubernetes/manifest.ts";
import { Findings } from "../../policies/finding.ts";
import { quotaFindings, totalDemand } from "../../policies/quota.ts";
import type { Environment, EnvironmentData } from "../../stacks/environment.ts";
import { imageOf, versionBehind } from "../../stacks/images.ts";
import { built, environmentOf } from "../support/environments.ts";

const prod = environmentOf("prod");

function withData(change: Partial<EnvironmentData>, environment: Environment = prod): Environment {
  return { ...environment, data: { ...environment.data, ...change } };
}
const withSystem = (name: keyof EnvironmentData["systems"]): Environment =>
  withData({ systems: { ...prod.data.systems, [name]: { kind: "off" } } });

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

const auth = prod.catalogue["auth-service"];

describe("an environment does not build", () => {
  it.each<readonly [string, Environment, string]>([
    [
      "the catalogue",
      { ...prod, catalogue: { ...prod.catalogue, "auth-service": { ...auth, ports: { http: 80 } } } },
      "catalogue/services/auth-service.ts: port http is 80.",
    ],
    ["its own data", withSystem("postgres"), "stacks/prod.ts: systems.postgres: is off"],
    [
      "documents",
      {
        ...prod,
        catalogue: {
          ...prod.catalogue,
          "auth-service": { ...auth, documents: { texts: { ownership: "restore", value: { token: "plain" } } } },
        },
      },
      "config/auth-service/texts: token is named like a secret",
    ],
    [
      "who is told",
      { ...prod, settings: { ...prod.settings, monitoring: { ...prod.settings.monitoring, critical: [] } } },
      "Pulumi.prod.yaml: monitoring.critical: is empty",
    ],
  ])("with something wrong in %s", (_, environment, told) => {
    expect(problems(environment).filter((text) => text.startsWith(told))).not.toEqual([]);
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

describe("a quota", () => {
  const workload = (name: string, cpu: string): KubernetesObject => ({
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name, namespace: "a", labels: {} },
    spec: { template: { spec: { containers: [{ name, resources: { requests: { cpu } } }] } } },
  });
  const found = (cpu: string): string[] => {
    const quota = { ...prod.data.quota, "requests.cpu": cpu };
    return quotaFindings([workload("a", "100m"), workload("b", "200m")], quota).map(({ problem }) => problem);
  };

  it("holds what adds up to it exactly, and no more", () => {
    expect(found("300m")).toEqual([]);
    expect(found("299m")).toEqual([expect.stringContaining("is 299m, and at the largest scale 300m may be asked for")]);
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
  it("has its version behind its repository, and not behind one whose name begins in the same way", () => {
    const version = (reference: string): string | undefined => versionBehind(reference, "r.example/auth-service");
    expect(version("r.example/auth-service:v1")).toBe("v1");
    expect(version("r.example/auth-service@sha256:aa")).toBe("sha256:aa");
    expect(version("r.example/auth-service:v1@sha256:aa")).toBe("v1@sha256:aa");
    const others = [
      "r.example/auth-service-debug:v1",
      "r.example/auth-service",
      "r.example/auth-service:",
      "other/x:v1",
    ];
    expect(others.map(version)).toEqual([undefined, undefined, undefined, undefined]);
  });
});
