import { root } from "../local/paths.ts";
import { sleep } from "../local/process.ts";
import { UsageError } from "../policies/finding.ts";
import { environmentNamed, loadEnvironment } from "../stacks/load.ts";
import type { Cluster } from "./kubectl.ts";
import { kubectlOutput } from "./kubectl.ts";

export interface ConfigRestoreOptions {
  readonly context?: string;
  readonly timeout: string;
}

/** The suspended CronJob whose pod restores: components/consul/snapshots.ts. */
const restoreJob = "consul-restore";

/**
 * Runs the restore job for a snapshot, and waits for its end.
 * @throws {UsageError} when Consul is not ours, the name is none, or the job fails: with its log
 */
export async function configRestoreCommand(
  env: string,
  snapshot: string,
  { context, timeout }: ConfigRestoreOptions,
): Promise<void> {
  const { data, settings } = loadEnvironment(environmentNamed(env), root);
  if (data.systems.consul.kind !== "managed") {
    throw new UsageError(`Consul of ${env} is ${data.systems.consul.kind}: whoever runs it restores it.`);
  }
  if (!/^(latest|[A-Za-z0-9-]+\.snap)$/.test(snapshot)) {
    throw new UsageError(
      `"${snapshot}" is no name of a snapshot. Write one such as consul-20260131T030500Z.snap, or latest.`,
    );
  }
  const seconds = Number(timeout);
  if (!Number.isInteger(seconds) || seconds <= 0) throw new UsageError(`--timeout ${timeout}: write whole seconds.`);
  const cluster: Cluster = { kubectl: "kubectl", context: context ?? settings.cluster.context };
  const namespaced = (...args: readonly string[]): string[] => ["--namespace", data.namespace, ...args];
  // `create` with a name of the server's choice: each restore keeps its Job, and so its log.
  const template = await kubectlOutput(cluster, namespaced("get", "cronjob", restoreJob, "--output", "json"));
  const created = await kubectlOutput(
    cluster,
    namespaced("create", "--filename", "-", "--output", "name"),
    JSON.stringify(jobFrom(template, snapshot)),
  );
  const job = created.trim();
  process.stderr.write(`Created ${job}; it restores ${snapshot}.\n`);
  const logs = `kubectl --context ${cluster.context} -n ${data.namespace} logs ${job} --all-containers --prefix`;
  const end = await ended(() => kubectlOutput(cluster, namespaced("get", job, "--output", "json")), seconds);
  if (end !== "Complete") throw new UsageError(`${job} ${end}. What it did: ${logs}`);
  process.stdout.write(`Restored ${snapshot}, and applied what is declared today. What it did: ${logs}\n`);
}

/** `Complete`, or a sentence about what became of the Job instead. */
async function ended(job: () => Promise<string>, seconds: number): Promise<string> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const { status } = JSON.parse(await job()) as Job;
    const end = status?.conditions?.find(
      ({ type, status: is }) => is === "True" && ["Complete", "Failed"].includes(type),
    );
    if (end?.type === "Complete") return "Complete";
    if (end !== undefined) return `failed: ${end.message ?? end.reason ?? "no reason given"}`;
    if (performance.now() > deadline) return `has not ended within ${seconds} s`;
    await sleep(1_000);
  }
}

interface Job {
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
      readonly message?: string;
    }[];
  };
}

interface CronJob {
  readonly metadata: { readonly labels?: object };
  readonly spec: { readonly jobTemplate: { readonly spec: { readonly template: { readonly spec: PodSpec } } } };
}
interface PodSpec {
  readonly initContainers?: readonly Container[];
  readonly containers: readonly Container[];
}
interface Container {
  readonly env?: readonly { readonly name: string }[];
}

/** A Job of the CronJob's template for that snapshot. */
function jobFrom(cronJob: string, snapshot: string): object {
  const { metadata, spec } = JSON.parse(cronJob) as CronJob;
  const { template, ...job } = spec.jobTemplate.spec;
  const chosen = ({ env = [], ...container }: Container): Container => ({
    ...container,
    env: env.map((variable) => (variable.name === "SNAPSHOT" ? { name: "SNAPSHOT", value: snapshot } : variable)),
  });
  const { initContainers = [], containers } = template.spec;
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { generateName: `${restoreJob}-`, labels: metadata.labels ?? {} },
    spec: {
      ...job,
      template: {
        ...template,
        spec: { ...template.spec, initContainers: initContainers.map(chosen), containers: containers.map(chosen) },
      },
    },
  };
}
