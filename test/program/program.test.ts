import { join } from "node:path";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { loadCluster } from "../../cli/generated.ts";
import { preflight } from "../../cli/preflight.ts";
import type { Component, KubernetesObject } from "../../kubernetes/manifest.ts";
import { objectsOf } from "../../kubernetes/manifest.ts";
import { canonical } from "../../kubernetes/render.ts";
import { root } from "../../local/paths.ts";
import { Findings } from "../../policies/finding.ts";
import { imageOf } from "../../stacks/images.ts";
import { project, readStackFile } from "../../stacks/load.ts";
import { clusterProject } from "../../stacks/cluster.ts";
import { built, committed } from "../support/environments.ts";
import type { Recording } from "../support/mocks.ts";
import { isMarkedSecret, registrations, runUnderMocks, secretSettings, unmarked } from "../support/mocks.ts";
import { canaryValue, leaks } from "../support/secrets.ts";

// The preflight asks a server; what it is asked for is tested on one.
vi.mock(import("../../cli/preflight.ts"), async (original) => ({ ...(await original()), preflight: vi.fn() }));

interface Case {
  readonly name: string;
  readonly components: readonly Component[];
  /** Runs the program, the first time that it is asked for. */
  readonly run: () => Promise<Recording>;
}

function once<T>(run: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => (result ??= run());
}

const cases: readonly Case[] = [
  ...committed.map(({ name, environment }): Case => {
    const components = built(environment);
    const { config } = readStackFile(join(root, `Pulumi.${name}.yaml`));
    const stack = { project, stack: name, config: { ...config, [`${project}:secrets`]: secretSettings(components) } };
    return { name, components, run: once(() => runUnderMocks(stack, "../../index.ts")) };
  }),
  ...["local", "nonprod", "prod"].map((name): Case => {
    const { config } = readStackFile(join(root, `cluster/Pulumi.${name}.yaml`));
    return {
      name: `cluster/${name}`,
      components: loadCluster(name, root),
      run: once(() => runUnderMocks({ project: clusterProject, stack: name, config }, "../../cluster/index.ts")),
    };
  }),
];

/** A Secret without values has no field for them either. */
function asRegistered(object: KubernetesObject): object {
  if (object.kind !== "Secret" || Object.keys(object.stringData).length > 0) return object;
  const { stringData: _, ...rest } = object;
  return rest;
}

describe.each(cases)("the program of $name", ({ components, run }) => {
  let recording: Recording;
  beforeAll(async () => {
    recording = await run();
  });
  const releaseTypes = ["kubernetes:helm.sh/v3:Release", "kubernetes-cert-manager:index:CertManager"];
  const fileType = "kubernetes:yaml/v2:ConfigFile";
  const releases = () => recording.resources.filter(({ type }) => releaseTypes.includes(type));
  const kubernetes = () =>
    recording.resources.filter(
      ({ type }) => type.startsWith("kubernetes:") && ![...releaseTypes, fileType].includes(type),
    );

  it("sends registrations while it makes the next, so that they are not all in memory", () => {
    // The last component's are made when the program ends, and are on their way soon after.
    expect(recording.sentMeanwhile).toBeGreaterThan(recording.resources.length * 0.9);
  });

  it("registers exactly the objects that render prints", () => {
    const named = ({ kind, metadata }: KubernetesObject) => `${kind} ${metadata.namespace ?? ""} ${metadata.name}`;
    const registered = kubernetes().map(({ inputs }) => unmarked(inputs) as KubernetesObject);
    const rendered = new Map(
      objectsOf(components).map((object) => [named(object), canonical(asRegistered(object), canaryValue)]),
    );
    expect(registered.map(named).sort()).toEqual([...rendered.keys()].sort());
    for (const object of registered) expect(canonical(object), named(object)).toEqual(rendered.get(named(object)));
  });

  it("registers exactly the releases of its operators, each at the version of its chart", () => {
    const declared = components.flatMap(({ releases = [] }) => releases);
    const registered = releases().map(({ name, inputs }) => {
      const chart = (inputs["helmOptions"] ?? inputs) as Readonly<Record<string, unknown>>;
      return [name, chart["namespace"], chart["chart"], chart["version"]];
    });
    expect(registered.sort()).toEqual(
      declared.map(({ name, namespace, chart, version }) => [name, namespace, chart, version]).sort(),
    );
  });

  it("registers exactly the published files, each retained", () => {
    const registered = recording.resources.filter(({ type }) => type === fileType);
    expect(registered.map(({ name, inputs }) => [name, inputs["file"]])).toEqual(
      components.flatMap(({ files = [] }) => files.map(({ name, url }) => [name, url])),
    );
    expect(registered.every(({ protect, retainOnDelete }) => protect && retainOnDelete)).toBe(true);
  });

  it("names every child after its component and object, below its component", () => {
    for (const { name, parent, inputs } of kubernetes()) {
      const { kind, metadata } = inputs as { kind: string; metadata: { name: string } };
      const component = parent.split("::").at(-1) ?? "";
      expect(name).toBe(`${component}-${kind}-${metadata.name}`);
      expect(components.map((each) => each.name)).toContain(component);
    }
  });

  it("registers every component with its type and after those it depends on", () => {
    const { resources } = recording;
    const registered = resources.filter(({ custom, type }) => !custom && type.startsWith("suoke:"));
    const described = ({ name, type }: { readonly name: string; readonly type: string }) => `${type} ${name}`;
    expect(registered.map(described).sort()).toEqual(components.map(described).sort());
    const order = registered.map(({ name }) => name);
    for (const { name, dependsOn } of components) {
      const late = dependsOn.filter((other) => order.indexOf(other) > order.indexOf(name));
      expect(late, `what ${name} depends on and comes after it`).toEqual([]);
    }
  });

  it("gives every Kubernetes object the one explicit provider", () => {
    const providers = new Set(kubernetes().map(({ provider }) => provider.replace(/::[^:]*$/, "")));
    expect([...providers]).toHaveLength(1);
    expect([...providers][0]).toMatch(/::pulumi:providers:kubernetes::kubernetes$/);
  });

  it("creates that provider for the context of the settings, and without a kubeconfig of this machine", () => {
    const { resources } = recording;
    const provider = resources.find(({ type }) => type === "pulumi:providers:kubernetes");
    expect(provider?.inputs).toMatchObject({ enableSecretMutable: "true", enableConfigMapMutable: "true" });
    expect(provider?.inputs["context"]).toMatch(/^suoke-life-/);
    expect(provider?.inputs).not.toHaveProperty("kubeconfig");
  });

  it("takes protection and retention from the manifests' lifecycle", () => {
    const registered = kubernetes().map(({ name, protect, retainOnDelete }) => ({ name, protect, retainOnDelete }));
    const declared = components.flatMap((component) =>
      component.manifests.map(({ object, lifecycle }) => ({
        name: `${component.name}-${object.kind}-${object.metadata.name}`,
        protect: lifecycle?.protect ?? false,
        retainOnDelete: lifecycle?.retainOnDelete ?? false,
      })),
    );
    const byName = (a: { name: string }, b: { name: string }): number => a.name.localeCompare(b.name);
    expect(registered.sort(byName)).toEqual(declared.sort(byName));
  });

  it("makes the services depend on what their pods read", () => {
    const workloads = kubernetes().filter(
      ({ inputs, parent }) => inputs["kind"] === "Deployment" && parent.includes("suoke:service:Microservice::"),
    );
    expect(workloads).toHaveLength(components.filter(({ type }) => type === "suoke:service:Microservice").length);
    for (const { dependencies } of workloads) {
      const kinds = dependencies.map((urn) => urn.split("::").at(-2)?.split(":").at(-1));
      expect(kinds).toEqual(expect.arrayContaining(["ConfigMap", "ServiceAccount", "NetworkPolicy"]));
    }
  });

  it("hands the content of every Secret to the engine as secret", () => {
    const secrets = kubernetes().filter(({ inputs }) => inputs["kind"] === "Secret");
    const filled = secrets.filter(({ inputs }) => inputs["stringData"] !== undefined);
    expect(filled.length > 0).toBe(objectsOf(components).some(({ kind }) => kind === "Secret"));
    for (const { name, inputs } of filled) expect(isMarkedSecret(inputs["stringData"]), name).toBe(true);
  });

  it("gives a Secret that a Job fills no field for values: each preview would add the empty one again", () => {
    const empty = kubernetes().filter(({ inputs }) => JSON.stringify(unmarked(inputs["stringData"])) === "{}");
    expect(empty.map(({ name }) => name)).toEqual([]);
  });

  it("puts no secret value anywhere but into Secrets", () => {
    const { resources, outputs } = recording;
    const others = resources.filter(({ inputs }) => inputs["kind"] !== "Secret");
    expect(others.length).toBeGreaterThan(0);
    for (const { name, inputs } of others) expect(leaks(JSON.stringify(inputs)), name).toEqual([]);
    expect(leaks(JSON.stringify(outputs))).toEqual([]);
  });
});

describe("the program of an environment", () => {
  const [dev] = cases;

  it("exports what an SRE reads", async () => {
    const { outputs } = (await dev?.run()) ?? { outputs: {} };
    const settings = committed.find(({ name }) => name === "dev")?.environment.settings;
    const image = settings && imageOf("auth-service", settings);
    expect(outputs).toMatchObject({
      namespace: "suoke-life-dev",
      url: "https://dev-api.suoke.life",
      objects: objectsOf(dev?.components ?? []).length,
      services: { "auth-service": { image: image?.reference, replicas: "1–2" } },
    });
  });

  it("registers nothing when secrets are missing, and names the command for each", async () => {
    const { config } = readStackFile(join(root, "Pulumi.prod.yaml"));
    const run = runUnderMocks({ project, stack: "prod", config }, "../../index.ts");
    await expect(run).rejects.toThrow("pulumi config set -s prod --secret --path secrets.registry.password");
    await expect(run).rejects.toThrow("secrets.consul-snapshots.accessKeyId");
    await expect(run).rejects.toThrow("pulumi config set -s prod --secret --path secrets.monitoring.receivers.on-call");
  });

  it("registers nothing while the preflight refuses, as it does where a canary that serves would go", async () => {
    const { config } = readStackFile(join(root, "Pulumi.prod.yaml"));
    const [prod] = cases.filter(({ name }) => name === "prod");
    const secrets = secretSettings(prod?.components ?? []);
    const problem = "auth-service-canary gets 50 % of the requests and would be removed.";
    vi.mocked(preflight).mockRejectedValueOnce(
      new Findings([{ rule: "preflight/serving", place: "namespace suoke-life-prod", problem, fix: "Set it to 0." }]),
    );
    const run = runUnderMocks(
      { project, stack: "prod", config: { ...config, [`${project}:secrets`]: secrets } },
      "../../index.ts",
    );
    await expect(run).rejects.toThrow(problem);
    expect(registrations).toBe(0);
  });

  it("registers nothing for a stack that is no environment", async () => {
    const run = runUnderMocks({ project, stack: "prd", config: {} }, "../../index.ts");
    await expect(run).rejects.toThrow('There is no environment "prd". Did you mean "prod"?');
  });
});
