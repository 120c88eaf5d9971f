import { load } from "js-yaml";
import { describe, expect, it } from "vitest";
import { managementKey, managementSecret, ports, serverName, tokensSecret } from "../../components/consul/names.ts";
import { serverConfig } from "../../components/consul/server.ts";
import type { KubernetesObject, ObjectOf } from "../../kubernetes/manifest.ts";
import { objectsOf } from "../../kubernetes/manifest.ts";
import { render } from "../../kubernetes/render.ts";
import { Findings } from "../../policies/finding.ts";
import type { Environment } from "../../stacks/environment.ts";
import { built, committed, environmentOf } from "../support/environments.ts";

const prod = environmentOf("prod");

function object<Kind extends KubernetesObject["kind"]>(kind: Kind, name: string, environment = prod): ObjectOf<Kind> {
  const all = objectsOf(built(environment)).filter((each) => each.kind === kind);
  const found =
    all.find(({ metadata }) => metadata.name === name) ??
    all.find(({ metadata }) => metadata.name.startsWith(`${name}-`));
  if (found === undefined) throw new Error(`There is no ${kind} ${name}.`);
  return found as ObjectOf<Kind>;
}

function problems(environment: Environment): string[] {
  try {
    built(environment);
    return [];
  } catch (error) {
    if (!(error instanceof Findings)) throw error;
    return error.findings.map(({ place, problem, fix }) => `${place}: ${problem} ${fix}`);
  }
}

/** Prod with another Consul; what the type forbids as well, as data may come from elsewhere. */
function withConsul(change: object): Environment {
  const { systems } = prod.data;
  return {
    ...prod,
    data: { ...prod.data, systems: { ...systems, consul: { ...systems.consul, ...change } } },
  };
}

describe("Consul's servers", () => {
  it.each(committed)("of $name tolerate losses as declared: one server, or three of which one may fail", (of) => {
    const set = object("StatefulSet", serverName, of.environment);
    expect(set.spec?.replicas).toBe(of.name === "dev" ? 1 : 3);
    expect(object("PodDisruptionBudget", serverName, of.environment).spec).toMatchObject({ maxUnavailable: 1 });
  });

  it.each([1, 3, 5])("forget dead ones only while a majority of %i is left", (servers) => {
    const { autopilot, bootstrap_expect } = serverConfig({ datacenter: "dc", namespace: "ns", servers });
    expect(bootstrap_expect).toBe(servers);
    expect(autopilot.min_quorum).toBeGreaterThan(servers / 2);
    expect(autopilot.min_quorum).toBeLessThanOrEqual(servers);
  });

  it("never share a node, and are spread over the zones", () => {
    const { affinity, topologySpreadConstraints } = object("StatefulSet", serverName).spec?.template.spec ?? {};
    expect(affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.[0]?.topologyKey).toBe(
      "kubernetes.io/hostname",
    );
    expect(topologySpreadConstraints?.[0]?.whenUnsatisfiable).toBe("DoNotSchedule");
  });

  it("keep their volumes, and are protected from a destroy", () => {
    const manifest = built(prod)
      .flatMap(({ manifests }) => manifests)
      .find(({ object: { kind, metadata } }) => kind === "StatefulSet" && metadata.name === serverName);
    expect(manifest?.lifecycle).toMatchObject({ protect: true });
    expect((manifest?.object as ObjectOf<"StatefulSet">).spec?.persistentVolumeClaimRetentionPolicy).toEqual({
      whenDeleted: "Retain",
      whenScaled: "Retain",
    });
  });

  it("have gossip key, management token and tokens from Secrets, and none of them in their ConfigMap", () => {
    const config = object("ConfigMap", "consul-server-config").data?.["server.json"] ?? "";
    expect(JSON.parse(config)).toMatchObject({ acl: { enabled: true, default_policy: "deny" } });
    expect(config).not.toMatch(/encrypt|initial_management/);
    expect(render([object("Secret", managementSecret)])).toMatch(
      new RegExp(`${managementKey}: .*<generated consul-management: uuid`),
    );
    expect(object("Secret", serverName).stringData).toHaveProperty(["secrets.json"]);
  });

  it("let a service in without TLS and nobody else: our own programs use it", () => {
    const rules = object("NetworkPolicy", "consul").spec?.ingress ?? [];
    const allowed = (port: number): string[] =>
      rules
        .filter((rule) => rule.ports?.some((each) => each.port === port))
        .flatMap((rule) => rule.from ?? [])
        .map(({ podSelector }) => podSelector?.matchLabels?.["app"] ?? "")
        .sort();
    const readers = objectsOf(built(prod))
      .filter((each) => each.kind === "Deployment")
      .filter((each) => render([each]).includes("CONSUL_HOST"))
      .map(({ metadata }) => metadata.name);
    expect(readers.length).toBeGreaterThan(0);
    expect(allowed(ports.http)).toEqual(readers.sort());
    expect(allowed(ports.https)).toEqual(
      expect.arrayContaining(["consul-catalogue", "consul-exporter", "consul-setup", "consul-snapshots"]),
    );
  });
});

describe("a service", () => {
  it("finds Consul by the plan's variables, with a token of its own from a Secret", () => {
    const env = object("Deployment", "auth-service").spec?.template.spec?.containers[0]?.env ?? [];
    const values = new Map(env.map((variable) => [variable.name, variable]));
    expect(values.get("CONSUL_HOST")?.value).toBe("consul");
    expect(values.get("CONSUL_PORT")?.value).toBe("8500");
    expect(values.get("CONSUL_HTTP_ADDR")?.value).toBe("consul:8500");
    expect(values.get("CONSUL_HTTP_TOKEN")?.valueFrom?.secretKeyRef).toEqual({
      name: tokensSecret,
      key: "auth-service.a",
    });
  });

  it("is registered with metadata of the catalogue and the environment, and with none that an image changes", () => {
    const { annotations = {} } = object("Service", "auth-service").metadata;
    expect(annotations).not.toHaveProperty("consul.hashicorp.com/service-meta-version");
    expect(annotations).toMatchObject({
      "consul.hashicorp.com/service-sync": "true",
      "consul.hashicorp.com/service-meta-environment": "prod",
      "consul.hashicorp.com/service-meta-team": "identity",
      "consul.hashicorp.com/service-meta-runtime": "python",
    });
  });

  it("reads its own prefix and writes what it owns, and nothing else", () => {
    const { data = {} } = object("ConfigMap", "consul-acl");
    expect(data["suoke-auth-service.hcl"]).toBe('key_prefix "config/auth-service/" { policy = "read" }\n');
    expect(JSON.parse(data["tokens.json"] ?? "")).toMatchObject({ "auth-service.a": "suoke-auth-service" });
  });

  it("keeps its former token valid while its pods roll over to the rotated one", () => {
    const rotated = {
      ...prod,
      settings: { ...prod.settings, rotations: { ...prod.settings.rotations, "consul-auth-service": 1 } },
    };
    const keys = Object.keys(object("Secret", tokensSecret, rotated).stringData).filter((key) =>
      key.startsWith("auth-service"),
    );
    expect(keys.sort()).toEqual(["auth-service.a", "auth-service.b"]);
    const env = object("Deployment", "auth-service", rotated).spec?.template.spec?.containers[0]?.env ?? [];
    expect(env.find(({ name }) => name === "CONSUL_HTTP_TOKEN")?.valueFrom?.secretKeyRef?.key).toBe("auth-service.b");
  });
});

describe("what is wrong with Consul's data is refused:", () => {
  it.each([2, 4, 0, 7])("%i servers", (servers) => {
    const [found] = problems(withConsul({ servers }));
    expect(found).toMatch(
      /^stacks\/prod\.ts: systems\.consul\.servers: is \d: .* Run 3 servers, of which one may fail/,
    );
  });

  it("one server where a zone may fail", () => {
    expect(problems(withConsul({ servers: 1 }))).toEqual([
      "stacks/prod.ts: systems.consul.servers: is 1, and a zone may fail. Run 3.",
    ]);
  });
});

describe("jobs", () => {
  it("have a name that changes with what they do, as a Job cannot be changed", () => {
    const name = (environment: Environment): string => object("Job", "consul-setup", environment).metadata.name;
    expect(name({ ...prod, data: { ...prod.data, logLevel: "WARNING" } })).not.toBe(name(prod));
    expect(name(environmentOf("prod"))).toBe(name(prod));
  });

  it("take a snapshot in steps of which the last makes it count: saved, uploaded, recorded", () => {
    const spec = object("CronJob", "consul-snapshot").spec.jobTemplate.spec?.template.spec;
    expect(spec?.initContainers?.map(({ name }) => name)).toEqual(["save", "upload"]);
    expect(spec?.containers.map(({ name }) => name)).toEqual(["record"]);
  });

  it("restore a snapshot only when told to, and then bring it to what is declared today", () => {
    const { spec } = object("CronJob", "consul-restore");
    expect(spec.suspend).toBe(true);
    const pod = spec.jobTemplate.spec?.template.spec;
    expect([...(pod?.initContainers ?? []), ...(pod?.containers ?? [])].map(({ name }) => name)).toEqual([
      "fetch",
      "restore",
      "acl",
      "keyring",
      "kv",
    ]);
  });
});

it("every document in a ConfigMap is YAML, and its file is named after service and key", () => {
  const maps = objectsOf(built(prod)).filter(
    (each): each is ObjectOf<"ConfigMap"> => each.kind === "ConfigMap" && each.metadata.name.startsWith("consul-kv-"),
  );
  const files = maps.flatMap(({ data = {} }) => Object.entries(data)).filter(([name]) => name !== "plan.json");
  expect(files.map(([name]) => name)).toContain("auth-service.database");
  for (const [name, text] of files) expect(load(text), name).toBeTypeOf("object");
});
