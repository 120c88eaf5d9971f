import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Component, KubernetesObject } from "../../kubernetes/manifest.ts";
import { objectsOf } from "../../kubernetes/manifest.ts";
import { preflight, requirements } from "../../cli/preflight.ts";
import { deleteSet } from "../../local/applyset.ts";
import { localFolder, toolchainFolder } from "../../local/paths.ts";
import { environmentSet } from "../../local/up.ts";
import { environments, loadEnvironment } from "../../stacks/load.ts";
import { platform } from "../../stacks/platform.ts";
import type { Fork } from "../support/fork.ts";
import { fork } from "../support/fork.ts";
import { applyAsDeployer, deployer, getJson, versions } from "../support/server.ts";

// A canary from its start to its promotion, and blue and green there and back: the real command, on a repository of its own,
// step by step on a real API server. What a step leads to is applied as the pipeline would.

const environment = "prod";
const { namespace } = environments[environment];
const embedded = { SUOKE_LOCAL: join(localFolder, "test"), SUOKE_TOOLCHAIN: toolchainFolder, SUOKE_ENGINE: "embedded" };

let clone: Fork;
beforeAll(() => {
  clone = fork();
});
afterAll(async () => {
  clone.remove();
  await deleteSet(deployer(environment), environmentSet(namespace));
});

/** What pods of the service name. That what they connect to runs as well is tried in environments.test.ts. */
const named = ["ConfigMap", "Secret", "ServiceAccount"];

/** The service, and the public routes that lead to it: nobody reads those here, so that Kong is left out. */
function needed(components: readonly Component[]): readonly Component[] {
  const names = new Set<string>();
  const need = (name: string): void => {
    if (names.has(name)) return;
    names.add(name);
    components.find((each) => each.name === name)?.dependsOn.forEach(need);
  };
  need("auth-service");
  const only = (name: string, wanted: (object: KubernetesObject) => boolean): Component["manifests"] =>
    components
      .filter((each) => each.name === name)
      .flatMap((each) => each.manifests.filter(({ object }) => wanted(object)));
  const before = [...names].filter((name) => name !== "auth-service");
  const service = [
    ...before.flatMap((name) => only(name, ({ kind }) => named.includes(kind))),
    ...only("auth-service", () => true),
  ];
  const routes = only("kong-routes", ({ kind, metadata }) =>
    ["HTTPRoute auth-service", "GRPCRoute auth-service"].includes(`${kind} ${metadata.name}`),
  );
  const after = components
    .find(({ name }) => name === "kong-routes")
    ?.dependsOn.filter((name) => name === "auth-service");
  if (after === undefined) throw new Error("There are no routes.");
  return [
    { type: "suoke:test:Service", name: "auth-service", dependsOn: [], manifests: service },
    { type: "suoke:test:Routes", name: "kong-routes", dependsOn: after, manifests: routes },
  ];
}

/** The same objects as one component. */
function together(components: readonly Component[]): Component {
  const manifests = components.flatMap((component) => component.manifests);
  return { type: "suoke:test:Together", name: "together", dependsOn: [], manifests };
}

/** Applies what the settings say now, the pods before the requests. */
async function apply(): Promise<readonly Component[]> {
  const components = needed(platform(loadEnvironment(environment, clone.tree)));
  await applyAsDeployer(environment, components);
  return components;
}

/** And once more: the second time must change nothing. */
async function applyTwice(): Promise<void> {
  const components = await apply();
  const before = await versions(environment, objectsOf(components));
  await applyAsDeployer(environment, [together(components)]);
  const after = await versions(environment, objectsOf(components));
  const changed = [...after].filter(([object, version]) => before.get(object) !== version).map(([object]) => object);
  // The set's own record is rewritten each time.
  expect(changed.filter((object) => object !== "Secret platform")).toEqual([]);
}

async function step(...options: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await clone.suoke(["rollout", environment, "auth-service", ...options], embedded);
  expect([code, stderr]).toEqual([0, ""]);
  return stdout;
}

/** What a deployment asks the cluster first, where somebody has removed every block. */
function preflightWithoutRollouts(): Promise<void> {
  const loaded = loadEnvironment(environment, clone.tree);
  const components = needed(platform({ ...loaded, settings: { ...loaded.settings, rollouts: {} } }));
  return preflight(requirements(components, namespace), deployer(environment));
}

async function refused(...options: readonly string[]): Promise<string> {
  const { code, stderr } = await clone.suoke(["rollout", environment, "auth-service", ...options], embedded);
  expect(code).toBe(2);
  return stderr;
}

/** The block of the settings, on one line. */
function block(): string {
  const text = readFileSync(join(clone.tree, "Pulumi.prod.yaml"), "utf8");
  return /auth-service:\n\s+((?:canary|blueGreen): .*)\n/.exec(text)?.[1] ?? "none";
}

interface Watch {
  /** The fewest available pods of a Deployment since it had some, or since the last look. */
  readonly fewest: (name: string) => number | undefined;
  readonly stop: () => void;
}

/**
 * Sees every change of the service's Deployments, as the server tells it.
 * @param least pods with which a Deployment that starts is complete
 */
function watchDeployments(least: number): Watch {
  const { kubectl, kubeconfig = "", context } = deployer(environment);
  const child = spawn(
    kubectl,
    [
      ...["--kubeconfig", kubeconfig, "--context", context, "get", "deployments", "--watch"],
      ...["--selector=app.kubernetes.io/name=auth-service"],
      ...["--output=jsonpath={.metadata.name} {.status.availableReplicas} {.metadata.deletionTimestamp}{'\\n'}"],
    ],
    { stdio: ["ignore", "pipe", "ignore"] },
  );
  const seen = new Map<string, number>();
  let rest = "";
  child.stdout.on("data", (chunk: Buffer) => {
    const lines = `${rest}${chunk.toString()}`.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const [name = "", count = "", deleted = ""] = line.split(" ");
      const available = Number(count);
      // Until it is complete for the first time it promises nothing.
      if (deleted !== "" || (!seen.has(name) && available < least)) continue;
      seen.set(name, Math.min(seen.get(name) ?? available, available));
    }
  });
  return { fewest: (name) => seen.get(name), stop: () => void child.kill() };
}

interface Live {
  readonly spec: { readonly selector: Readonly<Record<string, string>> };
}

async function imageOf(name: string): Promise<string> {
  const { spec } = await getJson<{ spec: { template: { spec: { containers: [{ image: string }] } } } }>(
    deployer(environment),
    "deployment",
    name,
  );
  return spec.template.spec.containers[0].image.replace(/.*:/, "");
}

describe("a rollout on a real API server", () => {
  it("takes a canary from nothing to everything, and never has fewer pods than are promised", async () => {
    await apply();
    const watch = watchDeployments(2);
    try {
      await step("--canary", "v9.1.0");
      expect(block()).toBe("canary: { image: v9.1.0, weight: 0, minReplicas: 2 }");
      // Its pods come before its requests.
      expect(await refused("--weight", "10")).toContain("auth-service-canary does not run yet.");
      await applyTwice();
      await step("--weight", "10");
      expect(block()).toBe("canary: { image: v9.1.0, weight: 10, minReplicas: 2 }");
      expect(await refused("--weight", "50")).toContain("gets 0 % of the requests in prod, and the settings say 10 %.");
      await applyTwice();
      // Three pods and two serve: half of them, and then all.
      await step("--weight", "50");
      expect(block()).toBe("canary: { image: v9.1.0, weight: 50, minReplicas: 3 }");
      await applyTwice();
      // Settings without the block build; the preflight, which the Pulumi program asks first, knows what they would end.
      await expect(preflightWithoutRollouts()).rejects.toThrow(
        "auth-service-canary gets 50 % of the requests and would be removed. Set the weight of rollouts.auth-service.canary to 0",
      );
      await step("--weight", "100");
      expect(block()).toBe("canary: { image: v9.1.0, weight: 100, minReplicas: 6 }");
      await applyTwice();
      await step("--promote");
      expect(block()).toBe("canary: { image: v9.1.0, weight: 100, minReplicas: 6, stableMinReplicas: 9 }");
      expect(await refused("--promote")).toContain("auth-service runs registry.suoke.life/auth-service:v1.0.0");
      await applyTwice();
      expect(await imageOf("auth-service")).toBe("v9.1.0");
      await step("--promote");
      expect(await refused("--promote")).toContain("gets 100 % of the requests in prod, and the settings say 0 %.");
      await applyTwice();
      await step("--promote");
      expect(block()).toBe("none");
      await applyTwice();
    } finally {
      watch.stop();
    }
    expect(watch.fewest("auth-service")).toBeGreaterThanOrEqual(3);
    expect(watch.fewest("auth-service-canary")).toBeGreaterThanOrEqual(2);
    const { items } = await getJson<{ items: { metadata: { name: string } }[] }>(deployer(environment), "deployments");
    expect(items.map(({ metadata }) => metadata.name).filter((name) => name.startsWith("auth"))).toEqual([
      "auth-service",
    ]);
  });

  it("flips to green and promotes it, with as many pods on either side", async () => {
    const watch = watchDeployments(3);
    const serves = async (): Promise<string | undefined> =>
      (await getJson<Live>(deployer(environment), "service", "auth-service")).spec.selector["track"];
    try {
      await step("--green", "v9.2.0");
      await apply();
      // Nine pods serve since the promotion: an autoscaler without load figures never takes pods away.
      expect(await step("--flip")).toContain("auth-service-green has 3 pods, and 9 serve.");
      await apply();
      expect(await serves()).toBe("stable");
      await step("--flip");
      await apply();
      expect(await serves()).toBe("green");
      await step("--promote");
      await apply();
      expect([await imageOf("auth-service"), await serves()]).toEqual(["v9.2.0", "green"]);
      await step("--promote");
      await apply();
      expect(await serves()).toBe("stable");
      await step("--promote");
      await apply();
      expect(block()).toBe("none");
    } finally {
      watch.stop();
    }
    expect(watch.fewest("auth-service")).toBeGreaterThanOrEqual(9);
    expect(watch.fewest("auth-service-green")).toBeGreaterThanOrEqual(3);
  });
});
