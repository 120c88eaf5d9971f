import { join } from "node:path";
import { clusterFolder } from "./cluster-processes.ts";
import type { Instance } from "./paths.ts";
import { freePorts } from "./ports.ts";
import { kubernetesVersion, programPath } from "./toolchain.ts";

/** A configuration of kwokctl. */
export interface Configuration extends Readonly<Record<string, unknown>> {
  readonly options: object;
}

/** How kwokctl makes the cluster of an instance, but for its ports. */
export function configuration(instance: Instance): Configuration {
  return {
    apiVersion: "config.kwok.x-k8s.io/v1alpha1",
    kind: "KwokctlConfiguration",
    options: {
      runtime: "binary",
      bindAddress: "127.0.0.1",
      kubeVersion: kubernetesVersion,
      kubeApiserverBinary: programPath("kubernetes", "kube-apiserver"),
      kubeControllerManagerBinary: programPath("kubernetes", "kube-controller-manager"),
      kubeSchedulerBinary: programPath("kubernetes", "kube-scheduler"),
      kubectlBinary: programPath("kubernetes", "kubectl"),
      etcdBinary: programPath("etcd", "etcd"),
      kwokControllerBinary: programPath("kwok", "kwok"),
    },
    components: [
      {
        name: "simulator",
        binary: programPath("simulator", "simulator"),
        args: [`--kubeconfig=${join(clusterFolder(instance), "kubeconfig.yaml")}`, `--kinds=${kindsFile(instance)}`],
        links: ["kube-apiserver"],
        workDir: clusterFolder(instance),
      },
    ],
    componentsPatches: [
      {
        name: "kube-apiserver",
        extraArgs: [
          { key: "advertise-address", value: "127.0.0.1" },
          // The server's own choice has 254 addresses, of which three environments take half.
          { key: "service-cluster-ip-range", value: "10.96.0.0/16" },
        ],
      },
      // Nothing here outlives the machine: a power cut may cost the last writes.
      { name: "etcd", extraArgs: [{ key: "unsafe-no-fsync", value: "true" }] },
      // The autoscaler brings services to their minimum within a second, not fifteen.
      {
        name: "kube-controller-manager",
        extraArgs: [{ key: "horizontal-pod-autoscaler-sync-period", value: "1s" }],
      },
    ],
  };
}

/** Where the simulator reads which kinds it plays the operator of. */
export function kindsFile(instance: Instance): string {
  return join(instance.folder, "kinds.json");
}

/**
 * The options with the ports of a new cluster. Left to itself kwokctl counts down from 32767, and two clusters made at the
 * same time get the same ports.
 */
export async function portOptions(): Promise<Readonly<Record<string, number>>> {
  const names = ["kubeApiserver", "kubeControllerManager", "kubeScheduler", "kwokController", "etcd", "etcdPeer"];
  const free = await freePorts(names.length);
  return Object.fromEntries(free.map((port, index) => [`${names[index]}Port`, port]));
}
