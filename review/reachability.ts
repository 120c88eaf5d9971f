import type { KubernetesObject, ObjectOf } from "../kubernetes/manifest.ts";
import { compare } from "../kubernetes/names.ts";
import type { Pods } from "../policies/pods.ts";
import { podsOf, selects } from "../policies/pods.ts";

/** A connection that the NetworkPolicies let pass. */
export interface Reach {
  /** A workload; or, outside of the environment, `kube-system/kube-dns`, a range, `internet` or `anybody`. */
  readonly from: string;
  readonly to: string;
  /** `TCP 8000` */
  readonly port: string;
}

/** What the policies of one environment let pass. */
export interface Reachability {
  readonly reaches: readonly Reach[];
  /** Connections between two workloads that one end allows and the other does not: nobody can use them. */
  readonly halves: readonly Reach[];
}

type Policy = ObjectOf<"NetworkPolicy">;
type Spec = NonNullable<Policy["spec"]>;
type Peer = NonNullable<NonNullable<NonNullable<Spec["ingress"]>[number]["from"]>[number]>;
type Port = NonNullable<NonNullable<Spec["ingress"]>[number]["ports"]>[number];
type Direction = "Ingress" | "Egress";

/** What a policy lets pass in one direction: a peer, and a port unless it is every one. */
interface Allowance {
  readonly peer: Peer | "anybody";
  readonly port: Port | undefined;
}

/** A workload's pods with what the policies about them let pass; nothing where a direction is open. */
interface Node {
  readonly name: string;
  readonly pods: Pods;
  readonly Ingress: readonly Allowance[] | undefined;
  readonly Egress: readonly Allowance[] | undefined;
}

/**
 * Who may talk to whom, by the rules of NetworkPolicy: a connection passes when the sender's policies let it out and the
 * receiver's let it in.
 * @param objects of one namespace, with the policies that hold for all of its pods
 */
export function reachability(objects: readonly KubernetesObject[]): Reachability {
  const policies = objects.filter((object) => object.kind === "NetworkPolicy");
  const nodes = objects
    .flatMap((object) => podsOf(object) ?? [])
    .map((pods): Node => ({
      name: nameOf(pods.workload),
      pods,
      Ingress: allowances(pods, policies, "Ingress"),
      Egress: allowances(pods, policies, "Egress"),
    }));
  const reaches: Reach[] = nodes.flatMap(outside);
  const halves: Reach[] = [];
  for (const sender of nodes)
    for (const receiver of nodes) {
      const out = openPorts(sender.Egress, sender, receiver);
      const into = openPorts(receiver.Ingress, sender, receiver, "Ingress");
      for (const port of new Set([...out, ...into])) {
        const reach = { from: sender.name, to: receiver.name, port };
        const passes = (open: ReadonlySet<string>): boolean => open.has(port) || open.has(everyPort);
        (passes(out) && passes(into) ? reaches : halves).push(reach);
      }
    }
  return { reaches: unique(reaches), halves: unique(halves) };
}

const everyPort = "every port";

/** A Job's name ends in a hash of what it does, which says nothing here. */
function nameOf({ kind, metadata: { name } }: KubernetesObject): string {
  return kind === "Job" ? name.replace(/-[0-9a-f]{10}$/, "") : name;
}

function allowances(pods: Pods, policies: readonly Policy[], direction: Direction): Allowance[] | undefined {
  const about = policies.filter(
    ({ spec }) =>
      selects(spec?.podSelector?.matchLabels, pods.labels) && (spec?.policyTypes ?? ["Ingress"]).includes(direction),
  );
  if (about.length === 0) return undefined;
  return about.flatMap(({ spec }) => {
    const rules =
      direction === "Ingress"
        ? (spec?.ingress ?? []).map(({ from, ports }) => ({ peers: from, ports }))
        : (spec?.egress ?? []).map(({ to, ports }) => ({ peers: to, ports }));
    return rules.flatMap(({ peers, ports }) =>
      (peers === undefined || peers.length === 0 ? ["anybody" as const] : peers).flatMap((peer) =>
        (ports === undefined || ports.length === 0 ? [undefined] : ports).map((port) => ({ peer, port })),
      ),
    );
  });
}

/** Ports of the receiver that one end's policies open for the other end. */
function openPorts(
  allowed: readonly Allowance[] | undefined,
  sender: Node,
  receiver: Node,
  direction: Direction = "Egress",
): Set<string> {
  if (allowed === undefined) return new Set([everyPort]);
  const other = direction === "Egress" ? receiver : sender;
  return new Set(
    allowed
      .filter(({ peer }) => peer === "anybody" || isPeer(peer, other.pods))
      .map(({ port }) => describePort(port, receiver.pods)),
  );
}

/** Whether a peer of a policy stands for pods of the same namespace. Addresses never do: pods have none that last. */
function isPeer({ ipBlock, namespaceSelector, podSelector }: Peer, { labels }: Pods): boolean {
  if (ipBlock !== undefined || namespaceSelector !== undefined) return false;
  if ((podSelector?.matchExpressions ?? []).length > 0)
    throw new Error("Reachability reads matchLabels alone, and a NetworkPolicy has matchExpressions.");
  return selects(podSelector?.matchLabels, labels);
}

/** What a workload may reach beyond its namespace, and who from there may reach it. */
function outside({ name, pods, Ingress, Egress }: Node): Reach[] {
  const beyond = (allowed: readonly Allowance[] | undefined): { who: string; port: Port | undefined }[] =>
    (allowed ?? [{ peer: "anybody" as const, port: undefined }]).flatMap(({ peer, port }) => {
      const who = peer === "anybody" ? peer : describePeer(peer);
      return who === undefined ? [] : [{ who, port }];
    });
  return [
    ...beyond(Egress).map(({ who, port }) => ({ from: name, to: who, port: describePort(port) })),
    ...beyond(Ingress).map(({ who, port }) => ({ from: who, to: name, port: describePort(port, pods) })),
  ];
}

function describePeer({ ipBlock, namespaceSelector, podSelector }: Peer): string | undefined {
  if (ipBlock !== undefined) {
    const everywhere = ipBlock.cidr === "0.0.0.0/0" || ipBlock.cidr === "::/0";
    if (!everywhere) return ipBlock.cidr;
    return (ipBlock.except ?? []).length > 0 ? "internet" : "anybody";
  }
  if (namespaceSelector === undefined) return undefined;
  const values = (selector: { matchLabels?: Readonly<Record<string, string>> } | undefined): string =>
    Object.entries(selector?.matchLabels ?? {})
      .map(([key, value]) => (value === "true" ? key : value))
      .join(",") || "*";
  return `${values(namespaceSelector)}/${values(podSelector)}`;
}

/** A port with its number where the receiver's containers tell what its name stands for. */
function describePort(port: Port | undefined, receiver?: Pods): string {
  if (port?.port === undefined) return everyPort;
  const protocol = port.protocol ?? "TCP";
  const named = receiver?.spec.containers.flatMap(({ ports = [] }) => ports).find(({ name }) => name === port.port);
  return `${protocol} ${named?.containerPort ?? port.port}${port.endPort === undefined ? "" : `-${port.endPort}`}`;
}

/** Reaches as text, a line for each port of each receiver, with all who may reach it: `kong TCP 8000 < anybody`. */
export function reachLines(reaches: readonly Reach[]): string[] {
  const byPort = Map.groupBy(reaches, ({ to, port }) => `${to} ${port}`);
  return [...byPort].map(([port, senders]) => `${port} < ${senders.map(({ from }) => from).join(" ")}`);
}

function unique(reaches: readonly Reach[]): Reach[] {
  const byText = new Map(reaches.map((reach) => [`${reach.to} ${reach.port} ${reach.from}`, reach]));
  return [...byText].sort(([a], [b]) => compare(a, b)).map(([, reach]) => reach);
}
