import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadCluster } from "../cli/generated.ts";
import type { Cluster } from "../cli/kubectl.ts";
import { preflight, requirements } from "../cli/preflight.ts";
import type { Component } from "../kubernetes/manifest.ts";
import { UsageError } from "../policies/finding.ts";
import type { EnvironmentName } from "../stacks/environment.ts";
import { loadEnvironment } from "../stacks/load.ts";
import { platform } from "../stacks/platform.ts";
import type { ApplySet } from "./applyset.ts";
import { clusterSet, startCluster } from "./control-plane.ts";
import { applyComponents } from "./kubectl-engine.ts";
import type { Instance } from "./paths.ts";
import { localFolder, root } from "./paths.ts";
import type { Progress } from "./progress.ts";
import { pulumiInstalled, pulumiUp } from "./pulumi-engine.ts";
import { localSecrets } from "./secrets.ts";

export type Engine = "kubectl" | "pulumi";

/** The stack of `cluster/` that describes the embedded cluster. */
export const localCluster = "local";

/** Seconds that the rollouts of one wave may take: simulated pods are ready at once, so that this is long. */
const rolloutLimit = 120;

export interface Up {
  readonly instance: Instance;
  readonly environment: EnvironmentName;
  /** Found out when absent. */
  readonly engine?: Engine;
  readonly progress: Progress;
}

/** The set that an environment's objects make up under kubectl. */
export function environmentSet(namespace: string): ApplySet {
  return { name: "platform", namespace };
}

/**
 * Brings an environment up on the embedded cluster, starting that first when it does not run. Settings are read and
 * everything is built before anything starts, so that a wrong setting costs no time and changes nothing.
 */
export async function bringUp({ instance, environment, engine: wanted, progress }: Up): Promise<Engine> {
  const loaded = loadEnvironment(environment, root);
  const components = platform(loaded);
  const shared = loadCluster(localCluster, root);
  const engine = await chooseEngine(instance, wanted);
  const admin = await startCluster(instance, progress);
  linkKubectl(admin);
  writeFileSync(engineFile(instance), engine);
  const own: Cluster = { ...admin, context: loaded.data.namespace };
  await preflight(requirements(shared), admin);
  if (engine === "pulumi") {
    await pulumiUp({ instance, project: "cluster", stack: localCluster, components: shared }, progress);
    await preflight(requirements(components, loaded.data.namespace), own);
    await pulumiUp({ instance, project: ".", stack: environment, components }, progress);
    return engine;
  }
  await applyShared(shared, admin, progress);
  await preflight(requirements(components, loaded.data.namespace), own);
  await applyComponents({
    cluster: own,
    components,
    set: environmentSet(loaded.data.namespace),
    secret: localSecrets(secretsFile(instance, environment), components),
    limit: rolloutLimit,
    progress,
  });
  return engine;
}

/** Applies what `cluster/` owns, as the cluster's administrator. It holds no secrets. */
export function applyShared(components: readonly Component[], cluster: Cluster, progress: Progress): Promise<void> {
  const secret = (): never => {
    throw new Error("cluster/ has no secrets.");
  };
  return applyComponents({ cluster, components, set: clusterSet, secret, limit: rolloutLimit, progress });
}

/** Where an environment's generated secrets are kept. */
export function secretsFile(instance: Instance, environment: EnvironmentName): string {
  return join(instance.folder, "secrets", `${environment}.json`);
}

/** Who runs the embedded cluster, once somebody does. */
export function engineOf(instance: Instance): Engine | undefined {
  return existsSync(engineFile(instance)) ? (readFileSync(engineFile(instance), "utf8") as Engine) : undefined;
}

/**
 * The engine that owns the cluster, the one asked for, or Pulumi when it is installed. Nothing is ever downloaded.
 * @throws {UsageError} when another engine owns the cluster: the two do not know of each other's objects
 */
async function chooseEngine(instance: Instance, wanted: Engine | undefined): Promise<Engine> {
  const owner = engineOf(instance);
  if (owner !== undefined && wanted !== undefined && owner !== wanted) {
    throw new UsageError(
      `The embedded cluster is run by ${owner}. To run it by ${wanted}: make down, then ENGINE=${wanted} make up`,
    );
  }
  const engine = owner ?? wanted ?? ((await pulumiInstalled()) ? "pulumi" : "kubectl");
  if (engine === "pulumi" && !(await pulumiInstalled())) {
    throw new UsageError(
      "There is no pulumi on PATH. Install it (https://www.pulumi.com/docs/install/), or run: ENGINE=kubectl make up",
    );
  }
  return engine;
}

function engineFile(instance: Instance): string {
  return join(instance.folder, "engine");
}

/** `.local/bin/kubectl`, of the server's version, for people who have none. */
function linkKubectl({ kubectl }: Cluster): void {
  const link = join(localFolder, "bin/kubectl");
  mkdirSync(join(localFolder, "bin"), { recursive: true });
  rmSync(link, { force: true });
  symlinkSync(kubectl, link);
}
