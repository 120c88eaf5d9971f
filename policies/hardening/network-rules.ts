import type { ObjectOf } from "../../kubernetes/manifest.ts";
import { indexPods, selects } from "../pods.ts";
import type { Rule, View, Violation } from "./rule.ts";

type Policy = ObjectOf<"NetworkPolicy">;
type Peer = NonNullable<NonNullable<NonNullable<Policy["spec"]>["ingress"]>[number]["from"]>[number];

const policiesOf = ({ objects }: View): Policy[] => objects.filter((object) => object.kind === "NetworkPolicy");

/** The policies that speak for the pods of each workload, found by what they select: not each policy for each pod. */
function policiesFor(view: View): ReadonlyMap<object, readonly Policy[]> {
  const pods = indexPods(view.objects);
  const found = new Map<object, Policy[]>();
  for (const policy of policiesOf(view)) {
    const selector = policy.spec?.podSelector?.matchLabels;
    for (const { workload, labels } of pods.matching(selector, policy.metadata.namespace)) {
      // The index takes the label of one pod of a StatefulSet for all of them.
      if (!selects(selector, labels)) continue;
      const known = found.get(workload);
      if (known === undefined) found.set(workload, [policy]);
      else known.push(policy);
    }
  }
  return found;
}

const closes = ({ spec }: Policy, direction: "Egress" | "Ingress"): boolean =>
  (spec?.policyTypes ?? ["Ingress"]).includes(direction);

/** Whether it lists somebody for either direction. */
const opensBoth = ({ spec }: Policy): boolean => (spec?.ingress ?? []).length > 0 && (spec?.egress ?? []).length > 0;

/** Rules of a policy, both ways, with the peers that they name. */
function rulesOf({ spec }: Policy): { direction: string; peers: readonly Peer[] | undefined; ports: number }[] {
  return [
    ...(spec?.ingress ?? []).map(({ from, ports }) => ({ direction: "from", peers: from, ports: ports?.length ?? 0 })),
    ...(spec?.egress ?? []).map(({ to, ports }) => ({ direction: "to", peers: to, ports: ports?.length ?? 0 })),
  ];
}

function bothTypes(spec: Policy["spec"]): boolean {
  return (["Ingress", "Egress"] as const).every((type) => spec?.policyTypes?.includes(type));
}

/** Ranges that hold every address of their kind. */
const everywhere = ["0.0.0.0/0", "::/0"];

function isEmpty(selector: { matchLabels?: object; matchExpressions?: readonly unknown[] } | undefined): boolean {
  return (
    selector !== undefined &&
    Object.keys(selector.matchLabels ?? {}).length === 0 &&
    (selector.matchExpressions ?? []).length === 0
  );
}

export const networkRules: readonly Rule[] = [
  {
    id: "network/isolated",
    covers: {
      standard: "CIS 5.3.2; NSA: network separation",
      checkov: ["CKV2_K8S_6"],
      kubeScore: ["pod-networkpolicy"],
      kubeLinter: ["non-isolated-pod"],
      polaris: ["missingNetworkPolicy"],
      kubescape: ["C-0030", "C-0260"],
    },
    reason: "A pod that talks to all others turns one intruder into many.",
    fix: "Use networkPolicy() of kubernetes/network.ts, which closes both directions but for what it lists.",
    check: (view) => {
      const policies = policiesFor(view);
      return view.pods.flatMap(({ workload }): Violation[] => {
        const own = policies.get(workload) ?? [];
        const open = (["Ingress", "Egress"] as const).filter((type) => !own.some((policy) => closes(policy, type)));
        return open.length === 0
          ? []
          : [{ object: workload, problem: `has no NetworkPolicy for ${open.join(" and ")}.` }];
      });
    },
    unseen: (view) => {
      const policies = policiesFor(view);
      return view.pods
        .filter(({ workload }) => {
          const own = policies.get(workload) ?? [];
          return own.length > 0 && !own.some(opensBoth);
        })
        .map(({ workload }) => ({
          object: workload,
          scanners: { polaris: ["missingNetworkPolicy"] },
          because: "Its policy lists nothing for one direction, or for both, which closes it altogether.",
        }));
    },
  },
  {
    id: "network/closed",
    covers: { standard: "CIS 5.3.2", kubescape: ["C-0030"] },
    reason: "A policy of one direction leaves the other open.",
    fix: "Name both policyTypes.",
    check: (view) => {
      // Beside one that denies both to all pods of a namespace, a policy may speak of one direction.
      const denied = policiesOf(view).filter(({ spec }) => isEmpty(spec?.podSelector) && bothTypes(spec));
      const namespaces = new Set(denied.map(({ metadata }) => metadata.namespace));
      return policiesOf(view)
        .filter(({ metadata, spec }) => !bothTypes(spec) && !namespaces.has(metadata.namespace))
        .map((object) => ({ object, problem: `is for ${(object.spec?.policyTypes ?? []).join(", ")} alone.` }));
    },
  },
  {
    id: "network/open-peer",
    covers: { standard: "NSA: network separation" },
    reason: "A rule for everybody, or for all ports, is no rule.",
    fix: "Name who talks to whom, by label and port.",
    check: (view) =>
      policiesOf(view).flatMap((object) =>
        rulesOf(object).flatMap(({ direction, peers, ports }): Violation[] => {
          const problems = [
            ...(peers === undefined || peers.length === 0 ? [`allows traffic ${direction} everybody`] : []),
            ...(ports === 0 ? [`allows every port ${direction} its peers`] : []),
            ...(peers ?? []).flatMap(({ ipBlock, namespaceSelector, podSelector }) => [
              ...(isEmpty(namespaceSelector) ? [`allows traffic ${direction} every namespace`] : []),
              ...(podSelector !== undefined && namespaceSelector === undefined && isEmpty(podSelector)
                ? [`allows traffic ${direction} every pod of the namespace`]
                : []),
              ...(namespaceSelector !== undefined && podSelector === undefined
                ? [`allows traffic ${direction} every pod of other namespaces`]
                : []),
              ...(ipBlock !== undefined && everywhere.includes(ipBlock.cidr) && (ipBlock.except ?? []).length === 0
                ? [`allows traffic ${direction} every address`]
                : []),
            ]),
          ];
          return problems.length === 0 ? [] : [{ object, problem: `${[...new Set(problems)].join(", ")}.` }];
        }),
      ),
  },
  {
    id: "network/internet",
    covers: { standard: "NSA: network separation" },
    reason: "A way to any address is the way by which data leaves.",
    fix: "Give the addresses (cidrs), or exempt the one program whose partner has none.",
    check: (view) =>
      policiesOf(view).flatMap((object) =>
        rulesOf(object)
          .filter(({ peers }) => (peers ?? []).some(({ ipBlock }) => everywhere.includes(ipBlock?.cidr ?? "")))
          .map(({ direction }): Violation => ({ object, problem: `allows traffic ${direction} the whole internet.` })),
      ),
  },
  {
    id: "network/dangling",
    covers: {
      kubeScore: ["networkpolicy-targets-pod"],
      kubeLinter: ["dangling-networkpolicy"],
      kubescape: ["C-0299"],
    },
    reason: "A policy for pods that do not exist protects nothing, and hides that the right ones have none.",
    fix: "Correct the selector, or remove the policy.",
    check: (view) =>
      policiesOf(view)
        .filter(({ spec }) => Object.keys(spec?.podSelector?.matchLabels ?? {}).length > 0)
        .filter(
          ({ metadata, spec }) => view.index.matching(spec?.podSelector?.matchLabels, metadata.namespace).length === 0,
        )
        .map((object) => {
          const labels = Object.entries(object.spec?.podSelector?.matchLabels ?? {}).map((label) => label.join("="));
          return { object, problem: `is for ${labels.join(", ")}, and no pod of the render has that.` };
        }),
    unseen: (view) =>
      policiesOf(view)
        .filter(({ spec }) => isEmpty(spec?.podSelector))
        .map((object) => ({
          object,
          scanners: { kubeScore: ["networkpolicy-targets-pod"], kubeLinter: ["dangling-networkpolicy"] },
          because: "It is for every pod of the namespace, whoever makes it.",
        })),
  },
];
