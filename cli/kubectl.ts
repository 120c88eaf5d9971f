import { execFile } from "node:child_process";
import { UsageError } from "../policies/finding.ts";

/** How to reach a cluster with kubectl. */
export interface Cluster {
  /** Path or name of the program. */
  readonly kubectl: string;
  readonly context: string;
  /** The user's own when absent. */
  readonly kubeconfig?: string;
}

export interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs kubectl and returns what it said, whatever its exit code. @throws {UsageError} when it cannot be run at all */
export function kubectl(cluster: Cluster, args: readonly string[], input?: string): Promise<Result> {
  const connection = [
    ...(cluster.kubeconfig === undefined ? [] : ["--kubeconfig", cluster.kubeconfig]),
    ...["--context", cluster.context],
  ];
  return new Promise((resolve, reject) => {
    const child = execFile(
      cluster.kubectl,
      [...connection, ...args],
      { maxBuffer: 2 ** 28 },
      (error, stdout, stderr) => {
        if (error === null) resolve({ code: 0, stdout, stderr });
        else if (typeof error.code === "number") resolve({ code: error.code, stdout, stderr });
        else
          reject(
            new UsageError(
              `${cluster.kubectl} could not be run: ${error.message}. Install kubectl, or put it on PATH.`,
            ),
          );
      },
    );
    // A kubectl that ends early closes the pipe; its exit code tells.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input);
  });
}

/** What kubectl printed. @throws {UsageError} with its own words when it failed */
export async function kubectlOutput(cluster: Cluster, args: readonly string[], input?: string): Promise<string> {
  const { code, stdout, stderr } = await kubectl(cluster, args, input);
  if (code !== 0)
    throw new UsageError(`kubectl ${args.join(" ")} failed on context ${cluster.context}: ${stderr.trim()}`);
  return stdout;
}

/** What a cluster that does not answer comes to. */
export function unreachable({ context }: Cluster, reason: string): UsageError {
  return new UsageError(
    `The cluster of context ${context} could not be asked: ${reason}. ` +
      "Check the context in the settings, KUBECONFIG and the network; nothing was changed.",
  );
}

/** A kind as kubectl takes it: `Deployment.v1.apps`. With its group, as another operator may have a kind of the same name. */
export function resourceName({ kind, apiVersion }: { readonly kind: string; readonly apiVersion: string }): string {
  const [version, group] = apiVersion.split("/").reverse();
  return [kind, version, group ?? ""].join(".");
}
