import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { Component } from "../kubernetes/manifest.ts";
import { Findings, UsageError, refuse } from "../policies/finding.ts";
import { register } from "./component.ts";
import type { SecretSettings } from "./pulumi-secrets.ts";
import { missingSecrets, pulumiSecrets } from "./pulumi-secrets.ts";

/** What a program learns of the stack it runs for. */
export interface Stack {
  readonly name: string;
  /** Every configuration key with its value, secrets of the project excepted. */
  readonly config: Readonly<Record<string, string>>;
  /**
   * Registers components with the cluster of a kubeconfig context.
   * @throws {Findings} when a secret that they use is not set; nothing has been registered then
   */
  readonly deploy: (components: readonly Component[], context: string) => Promise<void>;
}

/** Runs a program for the current stack. What it refuses ends the run with its message alone, without a stack trace. */
export async function program<Outputs>(project: string, run: (stack: Stack) => Promise<Outputs>): Promise<Outputs> {
  const name = pulumi.getStack();
  const { [`${project}:secrets`]: secrets, ...config } = pulumi.runtime.allConfig();
  const deploy = async (components: readonly Component[], context: string): Promise<void> => {
    const settings = JSON.parse(secrets ?? "{}") as SecretSettings;
    refuse(missingSecrets(components, settings, name));
    const provider = kubernetesProvider(context);
    const randomProvider = new random.Provider("random");
    // Registrations go on after this returns; the process ends when the last is through.
    process.once("beforeExit", withoutStackTraces());
    await register(components, pulumiSecrets(settings, randomProvider), provider);
  };
  try {
    return await run({ name, config, deploy });
  } catch (error) {
    if (error instanceof Findings || error instanceof UsageError) throw new pulumi.RunError(error.message);
    throw error;
  }
}

/**
 * Each promise of the SDK captures a stack trace, which is half of a large program's time: 4,001 registrations took 24.9 s
 * with them and 13.0 s without.
 * @returns what brings them back
 */
export function withoutStackTraces(): () => void {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  return () => {
    Error.stackTraceLimit = limit;
  };
}

/**
 * The provider for one context. Without the two flags a changed Secret or ConfigMap would be deleted and made anew under
 * the pods that read it. The SDK would copy variables of this machine into the provider's inputs, and so into the state;
 * they are removed here, and the provider still finds them in its own environment.
 */
function kubernetesProvider(context: string): k8s.Provider {
  for (const name of Object.keys(process.env)) {
    if (name === "KUBECONFIG" || name.startsWith("PULUMI_K8S_")) Reflect.deleteProperty(process.env, name);
  }
  return new k8s.Provider("kubernetes", { context, enableSecretMutable: true, enableConfigMapMutable: true });
}
