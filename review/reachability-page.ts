import type { KubernetesObject } from "../kubernetes/manifest.ts";
import { compare } from "../kubernetes/names.ts";
import { reachability } from "./reachability.ts";

/** An environment with everything that stands in its namespace. */
export interface Namespaced {
  readonly name: string;
  readonly objects: readonly KubernetesObject[];
}

/** Who may talk to whom in each environment, as a Markdown table. The cluster's DNS, which everybody asks, is left out. */
export function reachabilityPage(environments: readonly Namespaced[]): string {
  /** Receiver and port → sender → environments. */
  const rows = new Map<string, Map<string, string[]>>();
  for (const { name, objects } of environments)
    for (const { from, to, port } of reachability(objects).reaches) {
      if (to === "kube-system/kube-dns") continue;
      const key = `| ${to} | ${port} |`;
      const senders = rows.get(key) ?? new Map<string, string[]>();
      rows.set(key, senders.set(from, [...(senders.get(from) ?? []), name]));
    }
  const cell = ([sender, where]: readonly [string, readonly string[]]): string =>
    where.length === environments.length ? sender : `${sender} *(${where.join(", ")})*`;
  return [
    "# Who may talk to whom\n\n",
    "Computed by `make generate` from the NetworkPolicies of each environment: a connection is listed when the sender's\n",
    "policies let it out and the receiver's let it in. Every workload may ask the cluster's DNS besides. Where not all\n",
    "environments have a connection, those that do are named. Outside of the environment are `internet` (public addresses),\n",
    "`anybody`, ranges of addresses, and pods of other namespaces, as `namespace/labels`.\n\n",
    "| to | port | from |\n| --- | --- | --- |\n",
    ...[...rows]
      .sort(([a], [b]) => compare(a, b))
      .map(([key, senders]) => `${key} ${[...senders].map(cell).sort(compare).join(", ")} |\n`),
  ].join("");
}
