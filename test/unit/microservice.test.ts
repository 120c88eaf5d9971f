import { imageOf } from "../../stacks/images.ts";
import { load } from "js-yaml";
import { describe, expect, it } from "vitest";
import { services } from "../../catalogue/services.ts";
import type { Service } from "../../catalogue/service.ts";
import { gatewayConfig } from "../../components/microservice/gateway.ts";
import type { ConfigArgs } from "../../components/microservice/config.ts";
import { graceSeconds, preStopSeconds, probes } from "../../components/microservice/probes.ts";
import type { Component, KubernetesObject, ObjectOf } from "../../kubernetes/manifest.ts";
import type { Environment } from "../../stacks/environment.ts";
import { built, environmentOf } from "../support/environments.ts";

const dev = environmentOf("dev");
const prod = environmentOf("prod");

function component(name: string, environment: Environment = prod): Component {
  const found = built(environment).find((each) => each.name === name);
  if (found === undefined) throw new Error(`There is no component ${name}.`);
  return found;
}

function object<Kind extends KubernetesObject["kind"]>(
  kind: Kind,
  name: string,
  environment: Environment = prod,
): ObjectOf<Kind> {
  const found = component(name, environment).manifests.find((manifest) => manifest.object.kind === kind);
  if (found === undefined) throw new Error(`${name} has no ${kind}.`);
  return found.object as ObjectOf<Kind>;
}

const podSpec = (name: string, environment: Environment = prod) =>
  object("Deployment", name, environment).spec?.template.spec;
const container = (name: string, environment: Environment = prod) => podSpec(name, environment)?.containers[0];
const env = (name: string, environment: Environment = prod) =>
  new Map((container(name, environment)?.env ?? []).map((variable) => [variable.name, variable]));

describe("auth-service has everything of the plan's manifest", () => {
  it("its name, labels, ports, resources and mount", () => {
    const deployment = object("Deployment", "auth-service");
    const { version } = imageOf("auth-service", prod.settings);
    expect(deployment.metadata.labels).toMatchObject({ app: "auth-service", version });
    expect(deployment.spec?.template.metadata?.labels).toMatchObject({ app: "auth-service", version });
    expect(container("auth-service")).toMatchObject({
      name: "auth-service",
      ports: [
        { name: "http", containerPort: 8000 },
        { name: "grpc", containerPort: 50052 },
      ],
      resources: { requests: { memory: "256Mi", cpu: "250m" }, limits: { memory: "512Mi", cpu: "500m" } },
    });
    expect(container("auth-service")?.volumeMounts).toContainEqual({
      name: "config",
      mountPath: "/app/config",
      readOnly: true,
    });
  });

  it("its scrape annotations", () => {
    expect(object("Deployment", "auth-service").spec?.template.metadata?.annotations).toMatchObject({
      "prometheus.io/scrape": "true",
      "prometheus.io/port": "8000",
      "prometheus.io/path": "/metrics",
    });
  });

  it("its environment, with the cache's URL from a Secret, as it has a password", () => {
    const variables = env("auth-service");
    expect(variables.get("DATABASE_URL")?.valueFrom?.secretKeyRef).toEqual({
      name: "database-secret",
      key: "auth-db-url",
    });
    expect(variables.get("REDIS_URL")?.valueFrom?.secretKeyRef).toEqual({
      name: "redis-cache-secret",
      key: "auth-service-url",
    });
    expect(variables.get("REDIS_HOST")?.valueFrom?.configMapKeyRef).toEqual({
      name: "redis-config",
      key: "redis-host",
    });
    expect(variables.get("LOG_LEVEL")?.value).toBe("INFO");
  });

  it("its probes, by port name", () => {
    expect(container("auth-service")).toMatchObject({
      livenessProbe: { httpGet: { path: "/health", port: "http" }, periodSeconds: 10 },
      readinessProbe: { httpGet: { path: "/ready", port: "http" }, periodSeconds: 5 },
      startupProbe: { httpGet: { path: "/health", port: "http" } },
    });
  });

  it("its Service and autoscaler, without the memory metric", () => {
    expect(object("Service", "auth-service").spec).toMatchObject({
      type: "ClusterIP",
      ports: [
        { name: "http", port: 8000, targetPort: "http" },
        { name: "grpc", port: 50052, targetPort: "grpc" },
      ],
    });
    const autoscaler = object("HorizontalPodAutoscaler", "auth-service");
    expect(autoscaler.metadata.name).toBe("auth-service-hpa");
    expect(autoscaler.spec).toMatchObject({ minReplicas: 3, maxReplicas: 10 });
    expect(autoscaler.spec.metrics?.map(({ resource }) => resource?.name)).toEqual(["cpu"]);
  });
});

describe("a Deployment", () => {
  it("has no replicas beside an autoscaler, and has them without", () => {
    expect(object("Deployment", "auth-service").spec).not.toHaveProperty("replicas");
    expect(object("Deployment", "soer-service", dev).spec?.replicas).toBe(1);
    expect(component("soer-service", dev).manifests.map((manifest) => manifest.object.kind)).not.toContain(
      "HorizontalPodAutoscaler",
    );
  });

  it("selects by app and track alone, so that a canary can exist beside it and no version is ever immutable", () => {
    expect(object("Deployment", "auth-service").spec?.selector).toEqual({
      matchLabels: { app: "auth-service", track: "stable" },
    });
    expect(object("Service", "auth-service").spec?.selector).toEqual({ app: "auth-service", track: "stable" });
  });

  it("never goes below its count in a rollout", () => {
    expect(object("Deployment", "auth-service").spec?.strategy?.rollingUpdate?.maxUnavailable).toBe(0);
  });

  it("gives its pods time for the wait, the longest request and the shutdown", () => {
    expect(podSpec("auth-service")?.terminationGracePeriodSeconds).toBe(10 + 10 + 5);
    expect(podSpec("health-data-service")?.terminationGracePeriodSeconds).toBe(10 + 30 + 5);
    expect(container("auth-service")?.lifecycle).toEqual({ preStop: { sleep: { seconds: preStopSeconds } } });
    // The plan's saga step takes up to 93 s, so that its owner must have at least 98 s, and 110 s with the wait.
    expect(graceSeconds(services["consultation-service"])).toBeGreaterThanOrEqual(108);
  });

  it("spreads over zones by force in prod and by preference in dev", () => {
    const rule = (environment: Environment) => podSpec("auth-service", environment)?.topologySpreadConstraints?.[0];
    expect(rule(prod)).toMatchObject({
      topologyKey: "topology.kubernetes.io/zone",
      whenUnsatisfiable: "DoNotSchedule",
    });
    expect(rule(dev)).toMatchObject({
      topologyKey: "topology.kubernetes.io/zone",
      whenUnsatisfiable: "ScheduleAnyway",
    });
  });

  it("has a pod of the restricted Pod Security Standard with a read-only root", () => {
    expect(podSpec("auth-service")).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
    });
    expect(container("auth-service")?.securityContext).toMatchObject({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
  });

  it("puts the pod's name before the variable that uses it", () => {
    const names = [...env("auth-service").keys()];
    expect(names.indexOf("POD_NAME")).toBeLessThan(names.indexOf("OTEL_RESOURCE_ATTRIBUTES"));
    expect(env("auth-service").get("OTEL_RESOURCE_ATTRIBUTES")?.value).toContain("k8s.pod.name=$(POD_NAME)");
  });
});

describe("a changed", () => {
  const configName = (environment: Environment): string =>
    object("ConfigMap", "auth-service", environment).metadata.name;
  const objectsThatDiffer = (environment: Environment): string[] => {
    const before = new Map(
      built(prod).flatMap(({ manifests }) => manifests.map((each) => [JSON.stringify(each, mask), each.object])),
    );
    return built(environment)
      .flatMap(({ manifests }) => manifests)
      .filter((each) => !before.has(JSON.stringify(each, mask)))
      .map((each) => `${each.object.kind} ${each.object.metadata.name}`);
  };
  const mask = (key: string, value: unknown): unknown => (key === "stringData" ? Object.keys(value as object) : value);

  it("image changes the Deployment and nothing else", () => {
    const settings = { ...prod.settings, images: { ...prod.settings.images, "auth-service": "v1.0.1" } };
    expect(objectsThatDiffer({ ...prod, settings })).toEqual(["Deployment auth-service"]);
  });

  it("configuration changes the ConfigMap's name, and so rolls the pods", () => {
    const changed: Environment = { ...prod, data: { ...prod.data, logLevel: "WARNING" } };
    expect(configName(changed)).not.toBe(configName(prod));
    expect(podSpec("auth-service", changed)?.volumes?.[0]).toEqual({
      name: "config",
      configMap: { name: configName(changed) },
    });
  });

  it("rotation rolls the users of that secret, with the other slot, and nobody else", () => {
    const settings = { ...prod.settings, rotations: { "postgres-auth": 1 } };
    expect(objectsThatDiffer({ ...prod, settings })).toEqual(["Deployment auth-service"]);
  });
});

describe("a gRPC port", () => {
  it("gets a headless Service beside the other", () => {
    const names = component("auth-service")
      .manifests.map((manifest) => manifest.object)
      .filter(({ kind }) => kind === "Service");
    expect(names.map(({ metadata }) => metadata.name)).toEqual(["auth-service", "auth-service-grpc"]);
    expect(names[1]).toMatchObject({ spec: { clusterIP: "None", ports: [{ name: "grpc", appProtocol: "grpc" }] } });
  });

  it("is probed by the gRPC health protocol where there is no HTTP", () => {
    const { probes: declared, ports } = services["notification-service"];
    expect(probes(declared, ports)).toMatchObject({
      livenessProbe: { grpc: { port: 50062, service: "liveness" } },
      readinessProbe: { grpc: { port: 50062, service: "" } },
      startupProbe: { grpc: { port: 50062 } },
    });
  });
});

describe("network policies", () => {
  it("let in the declared callers, the edge for public routes and the scraper, each on its port", () => {
    const rules = object("NetworkPolicy", "auth-service").spec?.ingress ?? [];
    expect(rules.map(({ ports }) => ports?.map(({ port }) => port))).toEqual([["http"], ["http"], ["http"]]);
    expect(JSON.stringify(rules[0]?.from)).toContain("suoke-life-gateway");
    expect(JSON.stringify(rules[1]?.from)).toContain("kong");
    expect(JSON.stringify(rules[2]?.from)).toContain("prometheus");
  });

  it("let the scraper alone reach the gateway's metrics port", () => {
    const rules = object("NetworkPolicy", "suoke-life-gateway").spec?.ingress ?? [];
    const metrics = rules.filter(({ ports }) => ports?.some(({ port }) => port === "metrics"));
    expect(JSON.stringify(metrics.map(({ from }) => from))).toContain("prometheus");
    expect(metrics).toHaveLength(1);
  });

  it("let out to what is needed and nothing else", () => {
    const rules = object("NetworkPolicy", "soer-service").spec?.egress ?? [];
    expect(rules.map(({ ports }) => ports?.map(({ port }) => port))).toEqual([
      [50051],
      [5432],
      [5432],
      [4317, 4318],
      [6831],
      [6379],
      [8500],
    ]);
  });
});

describe("the Go gateway's file", () => {
  const file = load(object("ConfigMap", "suoke-life-gateway").data?.["gateway.yaml"] ?? "") as Record<string, unknown>;

  it("has the plan's services by name", () => {
    expect(file["services"]).toEqual({
      authService: "http://auth-service:8000",
      userService: "http://user-service:8000",
      healthService: "http://health-data-service:8000",
      xiaoaiService: "http://xiaoai-service:8000",
    });
  });

  it("waits longer than the longest request, takes the largest body, and ends before it is killed", () => {
    expect(file).toMatchObject({ Timeout: 31_000, MaxBytes: 16 * 2 ** 20, Shutdown: { WaitTime: "34s" } });
    const grace = podSpec("suoke-life-gateway")?.terminationGracePeriodSeconds ?? 0;
    expect(grace - preStopSeconds).toBeGreaterThan(34);
  });

  it("serves health and metrics where probes and scraper look, and no profiles", () => {
    expect(file["DevServer"]).toMatchObject({
      Port: 6060,
      HealthPath: "/healthz",
      MetricsPath: "/metrics",
      EnablePprof: false,
    });
    expect(container("suoke-life-gateway")?.readinessProbe?.httpGet).toEqual({ path: "/healthz", port: "metrics" });
  });

  it("follows the catalogue when a route grows", () => {
    const service: Service<string> = services["suoke-life-gateway"];
    const slow: Service<string> = { ...services["health-data-service"], longestRequestSeconds: 60 };
    const [route] = slow.routes;
    if (route === undefined || service.configFile.kind !== "gateway") throw new Error("The catalogue has both.");
    const args: ConfigArgs = {
      service,
      callees: new Map(),
      routes: [{ route: { ...route, maxBodyMiB: 32 }, service: slow }],
      environment: "x",
      logLevel: "INFO",
    };
    expect(gatewayConfig(args, service.configFile)).toMatchObject({
      Timeout: 61_000,
      MaxBytes: 32 * 2 ** 20,
      Telemetry: { Disabled: true },
    });
  });
});
