import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { preflight, requirements } from "../../cli/preflight.ts";
import { kubectlOutput } from "../../cli/kubectl.ts";
import type { KubernetesObject } from "../../kubernetes/manifest.ts";
import { describeObject, objectsOf } from "../../kubernetes/manifest.ts";
import { deleteSet } from "../../local/applyset.ts";
import { environmentSet } from "../../local/up.ts";
import type { EnvironmentName } from "../../stacks/environment.ts";
import { environments } from "../../stacks/load.ts";
import { silent } from "../../local/progress.ts";
import { buildToolchain } from "../../local/toolchain.ts";
import { platform } from "../../stacks/platform.ts";
import { eventually } from "../support/daemon.ts";
import { startDiscovery } from "../support/metrics/discovery.ts";
import { expectedTargets, named } from "../support/metrics/targets.ts";
import { committed } from "../support/environments.ts";
import { testInstance } from "../support/cluster.ts";
import { leaks } from "../support/secrets.ts";
import { admin, applyAsDeployer, deployer, getJson, versions } from "../support/server.ts";

interface List<T> {
  readonly items: readonly T[];
}
interface Deployment {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly replicas: number };
  readonly status: { readonly availableReplicas?: number };
}

/** Claims that a StatefulSet makes of its templates, one for each pod. They outlive it. */
function claims(object: KubernetesObject): string[] {
  if (object.kind !== "StatefulSet") return [];
  const { replicas = 1, volumeClaimTemplates = [] } = object.spec ?? {};
  return volumeClaimTemplates.flatMap(({ metadata }) =>
    Array.from(
      { length: replicas },
      (_, index) => `PersistentVolumeClaim ${metadata?.name ?? ""}-${object.metadata.name}-${index}`,
    ),
  );
}

beforeAll(() => buildToolchain(["prometheus"], silent), 40 * 60_000);

describe.each(committed)("$name on a real API server", ({ name, environment }) => {
  const { namespace } = environments[name];
  const components = platform(environment);
  const objects = objectsOf(components);

  afterAll(() => deleteSet(deployer(name), environmentSet(namespace)));

  it("passes the preflight as its deployer", async () => {
    await expect(preflight(requirements(components, namespace), deployer(name))).resolves.toBeUndefined();
  });

  it("is applied as its deployer, under Pod Security and quota, and every rollout completes", async () => {
    await applyAsDeployer(name, components);
    const { items } = await getJson<List<Deployment>>(deployer(name), "deployments");
    const minimum = (service: string): number => {
      const data = environment.data.services[service as keyof typeof environment.data.services];
      if (data.kind !== "on") throw new Error(`${service} is off.`);
      return data.scaling.kind === "auto" ? data.scaling.min : data.scaling.replicas;
    };
    const names = items.map(({ metadata }) => metadata.name);
    const on = Object.entries(environment.data.services).flatMap(([service, { kind }]) =>
      kind === "on" ? service : [],
    );
    expect(names).toEqual(expect.arrayContaining(on));
    expect(names.sort()).toEqual(
      objects
        .filter(({ kind }) => kind === "Deployment")
        .map(({ metadata }) => metadata.name)
        .sort(),
    );
    for (const { metadata, spec, status } of items) {
      const expected = on.includes(metadata.name) ? minimum(metadata.name) : spec.replicas;
      expect(status.availableReplicas, metadata.name).toBe(expected);
    }
  });

  it("is scraped whole: its Prometheus finds every pod that the catalogue and the systems promise, and nothing else", async () => {
    const nodes = (await getJson<List<unknown>>(admin, "nodes")).items.length;
    const wanted = expectedTargets(environment, objects, nodes);
    const prometheus = await startDiscovery(components, namespace);
    try {
      const found = async () =>
        Object.fromEntries(Object.entries(await prometheus.targets()).filter(([key]) => !named.test(key)));
      const equal = async (): Promise<boolean> => isDeepStrictEqual(await found(), wanted);
      await eventually("every target is found", equal).catch(() => undefined);
      expect(await found()).toEqual(wanted);
    } finally {
      await prometheus.stop();
    }
  });

  it("spreads its pods over the zones", async () => {
    const { items } = await getJson<List<{ spec: { nodeName: string } }>>(
      deployer(name),
      "pods",
      "-l",
      "app=auth-service",
    );
    const zones = new Set(items.map(({ spec }) => spec.nodeName.slice(0, "local-a".length)));
    expect(zones.size).toBe(Math.min(items.length, 3));
  });

  it("holds exactly the rendered objects", async () => {
    const live = await versions(name, objects);
    const ours = objects.map(describeObject);
    // What Kubernetes and kubectl keep in every namespace of ours, and what cluster/ owns there.
    const others = [
      "ConfigMap kube-root-ca.crt",
      "ServiceAccount default",
      "Secret platform",
      "NetworkPolicy default-deny",
      "NetworkPolicy allow-dns",
      ...objects.flatMap(claims),
    ];
    expect([...live.keys()].sort()).toEqual([...ours, ...others].sort());
  });

  it("keeps the values of Secrets out of all other objects, the events and the servers' logs", async () => {
    const kinds = [...new Set(objects.map(({ kind }) => kind))].filter((kind) => kind !== "Secret");
    const others = JSON.stringify(
      await getJson(admin, [...kinds, "Pod", "Event"].join(","), `--namespace=${namespace}`),
    );
    expect(leaks(others)).toEqual([]);
    const folder = join(testInstance.folder, "kwok/clusters/suoke/logs");
    const logs = readdirSync(folder);
    expect(logs.length).toBeGreaterThan(2);
    for (const log of logs) expect(leaks(readFileSync(join(folder, log), "utf8")), log).toEqual([]);
    // It is there to be found.
    const secrets = JSON.stringify(await getJson(admin, "secrets", `--namespace=${namespace}`));
    expect(leaks(secrets)).not.toEqual([]);
  });

  it("changes nothing when it is applied again", async () => {
    const before = await versions(name, objects);
    await applyAsDeployer(name, components);
    const after = await versions(name, objects);
    expect([...after].filter(([object, version]) => before.get(object) !== version)).toEqual([]);
    expect(after.size).toBe(before.size);
  });
});

describe("an environment on a real API server", () => {
  const name: EnvironmentName = "dev";
  const { namespace } = environments[name];
  const [dev] = committed;
  const components = platform(dev?.environment ?? missing());
  const onlyAuth = components.filter(
    ({ type, name: component }) => type !== "suoke:service:Microservice" || component === "auth-service",
  );

  afterAll(() => deleteSet(deployer(name), environmentSet(namespace)));

  it("loses what is removed from the program, and keeps the rest", async () => {
    await applyAsDeployer(name, onlyAuth);
    await applyAsDeployer(
      name,
      onlyAuth.filter(({ name: component }) => component !== "auth-service"),
    );
    const left = await versions(name, objectsOf(onlyAuth));
    const removed = objectsOf(onlyAuth.filter(({ name: component }) => component === "auth-service"));
    expect(removed.map(describeObject).filter((object) => left.has(object))).toEqual([]);
    expect(left.has("Secret database-secret")).toBe(true);
  });

  it("waits for a pod whose Secret is missing, and says which", async () => {
    const withoutSecrets = onlyAuth.map((component) => ({
      ...component,
      manifests: component.manifests.filter(({ object }) => object.metadata.name !== "runtime-secrets"),
    }));
    await kubectlOutput(deployer(name), ["delete", "secret", "runtime-secrets", "--ignore-not-found"]);
    await expect(applyAsDeployer(name, withoutSecrets, 3)).rejects.toThrow('Secret "runtime-secrets" does not exist');
    const { items } = await getJson<List<{ status: { phase: string } }>>(
      deployer(name),
      "pods",
      "-l",
      "app=auth-service",
    );
    expect(items.map(({ status }) => status.phase)).toEqual(["Pending"]);
  });

  it("goes on once the Secret is there", async () => {
    await expect(applyAsDeployer(name, onlyAuth)).resolves.toBeUndefined();
  });

  it("is removed whole", async () => {
    await deleteSet(deployer(name), environmentSet(namespace));
    const left = async (): Promise<readonly unknown[]> =>
      (
        await getJson<List<unknown>>(
          deployer(name),
          "deployments,elasticsearches,services,secrets,horizontalpodautoscalers",
        )
      ).items;
    // What an operator made of an object goes after it.
    await expect.poll(left, { timeout: 60_000, interval: 500 }).toEqual([]);
  });
});

describe("the preflight", () => {
  const [dev] = committed;
  const components = platform(dev?.environment ?? missing());

  it("says which command creates a namespace that is missing", async () => {
    await expect(preflight(requirements(components, "suoke-life-qa"), admin)).rejects.toThrow(
      "namespace suoke-life-qa does not exist. The cluster's own stack provides it; run: pulumi -C cluster up -s <cluster>",
    );
  });

  it("names a kind that the server does not know", async () => {
    const wanted = {
      tracks: new Set<string>(),
      kinds: new Map([
        ["postgresql.cnpg.io/v9", ["Cluster"]],
        ["apps/v1", ["Deployment", "Deplyment"]],
      ]),
    };
    const asked = preflight(wanted, admin);
    await expect(asked).rejects.toThrow("the server does not know postgresql.cnpg.io/v9 Cluster.");
    await expect(asked).rejects.toThrow("the server does not know apps/v1 Deplyment.");
  });

  it("cannot judge a context that does not exist, and says so", async () => {
    await expect(preflight(requirements(components), { ...admin, context: "nowhere" })).rejects.toThrow(
      /The cluster of context nowhere could not be asked: .*nothing was changed/s,
    );
  });
});

function missing(): never {
  throw new Error("There is an environment.");
}
