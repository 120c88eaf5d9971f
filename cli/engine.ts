import { spawn } from "node:child_process";
import { clusterAdmin } from "../local/control-plane.ts";
import { withLock } from "../local/lock.ts";
import { lockFile, root, userInstance } from "../local/paths.ts";
import { runProgram } from "../local/process.ts";
import { progressTo } from "../local/progress.ts";
import { pulumiInstalled } from "../local/pulumi-engine.ts";
import { bringUp } from "../local/up.ts";
import { UsageError } from "../policies/finding.ts";
import type { Environment, EnvironmentName } from "../stacks/environment.ts";
import { localDrift } from "./drift-local.ts";
import type { Cluster } from "./kubectl.ts";

/** Differences between what an environment should be and what it is: nothing when there are none. */
export type Drift = string | undefined;

/** What applies an environment, and how its cluster is reached. */
export interface DeliveryEngine {
  readonly name: "pulumi" | "embedded";
  /** No program runs in its containers. */
  readonly simulated: boolean;
  readonly cluster: (environment: Environment) => Cluster;
  /** @param variables of the program that applies, where it is one */
  readonly up: (environment: EnvironmentName, variables?: Readonly<Record<string, string>>) => Promise<void>;
  readonly drift: (environment: EnvironmentName) => Promise<Drift>;
}

/** Resource operations side by side; by default Pulumi waits for four Deployments per core at a time. */
const parallel = 256;

/** `SUOKE_ENGINE=embedded` tries a pipeline out on the embedded cluster; everything else goes with Pulumi. */
export function deliveryEngine(name: string = "pulumi"): DeliveryEngine {
  return name === "embedded" ? embeddedEngine : pulumiEngine;
}

const embeddedEngine: DeliveryEngine = {
  name: "embedded",
  simulated: true,
  cluster: ({ data }) => ({ ...clusterAdmin(userInstance), context: data.namespace }),
  up: async (environment) => {
    const progress = progressTo(process.stderr);
    await withLock(lockFile, `./suoke deploy ${environment}`, () =>
      bringUp({ instance: userInstance, environment, engine: "kubectl", progress }),
    );
  },
  drift: localDrift,
};

const pulumiEngine: DeliveryEngine = {
  name: "pulumi",
  simulated: false,
  cluster: ({ settings }) => ({ kubectl: "kubectl", context: settings.cluster.context }),
  up: async (environment, variables) => {
    await refuseMissingPulumi();
    // Pulumi compares with its state: only a look at the cluster undoes what somebody changed there by hand.
    const args = ["up", "--refresh", "--yes", "--skip-preview", "--non-interactive", `--parallel=${parallel}`];
    args.push("--stack", environment);
    const code = await interruptible("pulumi", args, variables);
    if (code !== 0) throw new UsageError(`pulumi ${args.join(" ")} ended with code ${code}: see its output above.`);
  },
  drift: async (environment) => {
    await refuseMissingPulumi();
    const args = ["preview", "--refresh", "--diff", "--expect-no-changes", "--non-interactive", "--color=never"];
    const { code, output } = await runProgram({
      command: "pulumi",
      args: [...args, "--stack", environment],
      cwd: root,
      limit: 3600,
    });
    if (code === 0) return undefined;
    // It ends with the same code whether it found changes or could not look.
    if (/no changes were expected but changes were proposed/i.test(output)) return output;
    throw new UsageError(`pulumi preview could not look:\n${output.trim().split("\n").slice(-20).join("\n")}`);
  },
};

async function refuseMissingPulumi(): Promise<void> {
  if (await pulumiInstalled()) return;
  throw new UsageError(
    "There is no pulumi on PATH. Install it (https://www.pulumi.com/docs/install/), " +
      "or try the pipeline out on the embedded cluster: SUOKE_ENGINE=embedded",
  );
}

/**
 * Runs a program that must come to its own end: when we are asked to stop, it is asked too, as often, and waited for. Pulumi
 * then finishes what it has begun, writes its state and gives its lock back; asked twice, it ends in the middle.
 */
function interruptible(
  command: string,
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<number> {
  return new Promise((resolve, reject) => {
    // In a group of its own: a terminal and a runner ask everybody in ours, and it would hear it twice.
    const options = { cwd: root, stdio: "inherit", detached: true } as const;
    const child = spawn(command, args, { ...options, env: { ...process.env, ...variables } });
    const signals = ["SIGINT", "SIGTERM"] as const;
    const before = signals.map((signal) => process.listeners(signal));
    const pass = (): void => void child.kill("SIGINT");
    for (const signal of signals) process.removeAllListeners(signal).on(signal, pass);
    const end = (): void =>
      signals.forEach((signal, index) => {
        process.removeAllListeners(signal);
        before[index]?.forEach((listener) => process.on(signal, listener));
      });
    child.on("error", (error) => {
      end();
      reject(error);
    });
    child.on("close", (code) => {
      end();
      resolve(code ?? 2);
    });
  });
}
