import { readFileSync } from "node:fs";
import { load } from "js-yaml";
import { deployerName } from "../components/delivery/delivery.ts";
import { toYaml } from "../kubernetes/render.ts";
import { deliveryNamespace } from "../stacks/cluster.ts";
import { environments } from "../stacks/load.ts";
import type { Instance } from "./paths.ts";
import { writePrivate } from "./private-file.ts";

/** Context of the cluster's administrator: that of the stack `local` of `cluster/`. */
export const adminContext = "suoke-life-local";

interface Kubeconfig {
  readonly clusters: readonly [{ readonly cluster: Readonly<Record<string, unknown>> }];
  readonly users: readonly [{ readonly user: Readonly<Record<string, unknown>> }];
}

/**
 * Writes the kubeconfig with the contexts that the stack files name. Those of the environments act as their deployer, so
 * that every local run also proves that its rights suffice.
 */
export function writeKubeconfig(instance: Instance, source: string): void {
  const { clusters, users } = load(readFileSync(source, "utf8")) as Kubeconfig;
  const admin = users[0].user;
  const deployers = Object.values(environments).map(({ name, namespace }) => ({
    name: namespace,
    namespace,
    user: { ...admin, as: `system:serviceaccount:${deliveryNamespace}:${deployerName(name)}` },
  }));
  const entries = [{ name: adminContext, namespace: "kube-system", user: admin }, ...deployers];
  const config = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": adminContext,
    clusters: [{ name: "suoke", cluster: clusters[0].cluster }],
    users: entries.map(({ name, user }) => ({ name, user })),
    contexts: entries.map(({ name, namespace }) => ({ name, context: { cluster: "suoke", user: name, namespace } })),
  };
  writePrivate(instance.kubeconfig, toYaml(config));
}
