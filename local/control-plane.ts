import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { kubectl, kubectlOutput } from "../cli/kubectl.ts";
import type { Cluster } from "../cli/kubectl.ts";
import { shortHash } from "../kubernetes/names.ts";
import { toYaml } from "../kubernetes/render.ts";
import { UsageError } from "../policies/finding.ts";
import type { ApplySet } from "./applyset.ts";
import type { Configuration } from "./cluster-configuration.ts";
import { configuration, kindsFile, portOptions } from "./cluster-configuration.ts";
import { clusterFolder, componentsOf, kwokctl, lastLines, logTail } from "./cluster-processes.ts";
import { publishedDefinitions } from "./definitions.ts";
import { kongDefinitions } from "./kong-definitions.ts";
import { adminContext, writeKubeconfig } from "./kubeconfig.ts";
import type { Instance } from "./paths.ts";
import { isFree } from "./ports.ts";
import { sleep } from "./process.ts";
import type { Progress } from "./progress.ts";
import { nodes, stages, storageClass } from "./simulation.ts";
import { simulatedKinds } from "./simulated-kinds.ts";
import { buildToolchain, programPath } from "./toolchain.ts";

/** Seconds. It takes three once everything is built. */
const startLimit = 60;
/** Seconds. kwokctl does not wait until what it stops has ended and given its ports back. */
const portLimit = 5;

/** What `cluster/` owns on the embedded cluster. */
export const clusterSet: ApplySet = { name: "cluster", namespace: "kube-system", everywhere: true };

/** The embedded cluster as its administrator, without looking whether it runs. */
export function clusterAdmin({ kubeconfig }: Instance): Cluster {
  return { kubectl: programPath("kubernetes", "kubectl"), context: adminContext, kubeconfig };
}

/**
 * Starts the embedded cluster: an API server, etcd, controller manager and scheduler on loopback, with simulated nodes.
 * Does nothing when it runs; a stopped one is started again with what it held, a half-created one made anew.
 * @throws {UsageError} when it cannot be started
 */
export async function startCluster(instance: Instance, progress: Progress): Promise<Cluster> {
  await buildToolchain(["kubernetes", "etcd", "kwok", "simulator"], progress);
  const cluster = clusterAdmin(instance);
  const wanted = await plan(instance, progress);
  if (existsSync(complete(instance)) && readFileSync(complete(instance), "utf8") !== wanted.hash) {
    // Its programs, kinds or stages are of another version of the tree. What it held is applied again.
    progress.note("The embedded cluster is of another version and is made anew.");
    await deleteCluster(instance);
  }
  if (existsSync(complete(instance))) {
    if (componentsOf(instance).dead.length === 0 && (await answers(cluster))) return cluster;
    await progress.step("Starting the embedded cluster again", (detail) => restart(instance, cluster, detail));
    return cluster;
  }
  await deleteCluster(instance);
  await progress.step("Creating the embedded cluster", (detail) => create(instance, cluster, wanted, detail));
  return cluster;
}

/**
 * Stops the cluster and deletes everything that belongs to it. Does nothing when there is none.
 * @throws {UsageError} when it could not be stopped: with its folder would go what tells which processes to stop
 */
export async function deleteCluster(instance: Instance): Promise<void> {
  if (!existsSync(instance.folder)) return;
  if (existsSync(clusterFolder(instance))) {
    const { code, output } = await kwokctl(instance, ["delete", "cluster"]);
    const { alive } = componentsOf(instance);
    if (code !== 0 && alive.length > 0) {
      throw new UsageError(
        `The embedded cluster could not be stopped: ${alive.join(", ")} still there. Build its programs, where they are of another ` +
          `version, with ./suoke toolchain, and try again.\n${lastLines(output)}`,
      );
    }
  }
  rmSync(instance.folder, { recursive: true, force: true });
  rmSync(instance.kubeconfig, { force: true });
}

/** Whether there is a cluster to talk to. */
export async function clusterRuns(instance: Instance): Promise<boolean> {
  return existsSync(complete(instance)) && (await answers(clusterAdmin(instance)));
}

/** What a cluster is made from, and a hash of it all. */
interface Plan {
  readonly config: Configuration;
  readonly stages: string;
  readonly kinds: string;
  readonly objects: readonly object[];
  readonly hash: string;
}

async function plan(instance: Instance, progress: Progress): Promise<Plan> {
  const parts = {
    config: configuration(instance),
    stages: stages(),
    kinds: JSON.stringify(simulatedKinds),
    objects: [...nodes(), storageClass(), ...(await publishedDefinitions(progress)), ...kongDefinitions()],
  };
  return { ...parts, hash: shortHash(JSON.stringify(parts)) };
}

async function create(
  instance: Instance,
  cluster: Cluster,
  { config, stages, kinds, objects, hash }: Plan,
  detail: (text: string) => void,
): Promise<void> {
  mkdirSync(instance.folder, { recursive: true, mode: 0o700 });
  const configFile = join(instance.folder, "kwokctl.yaml");
  const options = { ...config.options, ...(await portOptions()) };
  writeFileSync(configFile, `---\n${toYaml({ ...config, options })}${stages}`);
  writeFileSync(kindsFile(instance), kinds);
  const { code, output } = await kwokctl(instance, ["create", "cluster", "--config", configFile, "--kubeconfig", ""]);
  if (code !== 0) {
    await deleteCluster(instance);
    throw new UsageError(`The embedded cluster could not be created:\n${lastLines(output)}`);
  }
  writeKubeconfig(instance, join(clusterFolder(instance), "kubeconfig.yaml"));
  await waitForAnswer(instance, cluster, detail);
  const apply = (some: readonly object[]): Promise<string> =>
    kubectlOutput(
      cluster,
      ["apply", "--server-side", "--field-manager=simulation", "-f", "-"],
      some.map((object) => `---\n${toYaml(object)}`).join(""),
    );
  await apply(objects);
  await definitionsEstablished(cluster);
  writeFileSync(complete(instance), hash);
}

/** kubectl gives up on a definition that has no conditions yet, as on a busy machine: then it is asked again. */
async function definitionsEstablished(cluster: Cluster): Promise<void> {
  const args = ["wait", "--for=condition=Established", "crd", "--all", `--timeout=${startLimit}s`];
  const end = performance.now() + startLimit * 1000;
  for (;;) {
    const { code, stderr } = await kubectl(cluster, args);
    if (code === 0) return;
    if (!stderr.includes("accessor error") || performance.now() > end)
      throw new UsageError(`The kinds of the embedded cluster are not served: ${stderr.trim()}`);
    await sleep(200);
  }
}

async function restart(instance: Instance, cluster: Cluster, detail: (text: string) => void): Promise<void> {
  // What is left of it would keep its ports; kwokctl starts only what it has stopped.
  await kwokctl(instance, ["stop", "cluster"]);
  await refuseTakenPorts(instance);
  const { code, output } = await kwokctl(instance, ["start", "cluster"]);
  if (code !== 0) {
    throw new UsageError(
      `The embedded cluster could not be started; "make down" removes it, and "make up" makes a new one.\n${lastLines(output)}`,
    );
  }
  await waitForAnswer(instance, cluster, detail);
}

/**
 * A cluster keeps its ports for life, as its certificates and kubeconfig name them.
 * @throws {UsageError} naming the ports that other programs have taken in the meantime
 */
async function refuseTakenPorts(instance: Instance): Promise<void> {
  const config = readFileSync(join(clusterFolder(instance), "kwok.yaml"), "utf8");
  const ports = new Set([...config.matchAll(/^\s*(?:- )?port: ([0-9]+)$/gm)].map(([, port]) => Number(port)));
  const deadline = performance.now() + portLimit * 1000;
  let taken: number[];
  do {
    const free = await Promise.all([...ports].map(async (port) => [port, await isFree(port)] as const));
    taken = free.filter(([, isFreeNow]) => !isFreeNow).map(([port]) => port);
    if (taken.length > 0) await sleep(100);
  } while (taken.length > 0 && performance.now() < deadline);
  if (taken.length > 0) {
    throw new UsageError(
      `The embedded cluster cannot be started: another program listens on its port ${taken.join(", ")}. ` +
        'Stop that program; or "make down" removes the cluster, and "make up" makes a new one on free ports.',
    );
  }
}

async function waitForAnswer(instance: Instance, cluster: Cluster, detail: (text: string) => void): Promise<void> {
  const deadline = performance.now() + startLimit * 1000;
  for (;;) {
    if (await answers(cluster)) return;
    const { dead } = componentsOf(instance);
    if (performance.now() > deadline || (dead.length > 0 && performance.now() > deadline - (startLimit - 10) * 1000)) {
      throw new UsageError(
        [
          `The embedded cluster does not answer${dead.length === 0 ? ` after ${startLimit} s` : `; ${dead.join(", ")} ended`}.`,
          '"make down" removes it, and "make up" makes a new one on free ports. The last lines of its logs:',
          ...(dead.length === 0 ? ["kube-apiserver"] : dead).map((component) => logTail(instance, component)),
        ].join("\n"),
      );
    }
    detail("waiting for the API server");
    await sleep(100);
  }
}

async function answers(cluster: Cluster): Promise<boolean> {
  const { code } = await kubectl(cluster, ["get", "--raw", "/readyz", "--request-timeout=2s"]);
  return code === 0;
}

/** Written last, with the hash of what the cluster was made from: without it the cluster was not finished. */
function complete(instance: Instance): string {
  return join(instance.folder, "complete");
}
