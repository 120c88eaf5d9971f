import { describe, expect, it } from "vitest";
import { loadCluster } from "../../cli/generated.ts";
import type { Component, KubernetesObject, Manifest } from "../../kubernetes/manifest.ts";
import { describeObject } from "../../kubernetes/manifest.ts";
import { root } from "../../local/paths.ts";
import { indexPods } from "../../policies/pods.ts";
import { referenceFindings } from "../../policies/references.ts";
import { clusterOffers } from "../../stacks/offers.ts";
import { drainFindings } from "../../policies/drain.ts";
import { harden } from "../../policies/hardening/hardening.ts";
import { built, committed } from "../support/environments.ts";
import type { Mutation } from "../support/mutations.ts";
import { mutations } from "../support/mutations.ts";

const prod = committed.find(({ name }) => name === "prod");
if (prod === undefined) throw new Error("There is a prod.");
const { data } = prod.environment;
const components = [...built(prod.environment), ...loadCluster("prod", root)];

/** Every finding about a component by itself: its policies, budgets and accounts stand in it. */
function judge(component: Component): ReadonlySet<string> {
  const objects = component.manifests.map(({ object }) => object);
  const { findings } = harden([component], { digests: true, redundant: true });
  const others = [...drainFindings(objects), ...referenceFindings(objects, clusterOffers(data), indexPods(objects))];
  return new Set([...findings, ...others].map(({ rule, place, problem }) => `${rule} ${place} ${problem}`));
}

const judged = new Map(components.map((component) => [component, judge(component)]));

function replaced(component: Component, manifest: Manifest, object: KubernetesObject): Component {
  return {
    ...component,
    manifests: component.manifests.map((each) => (each === manifest ? { ...manifest, object } : each)),
  };
}

interface Result {
  readonly sites: number;
  /** Objects in which the change went unnoticed. */
  readonly survivors: readonly string[];
}

function tryEverywhere(mutation: Mutation): Result {
  let sites = 0;
  const survivors = components.flatMap((component) => {
    const before = judged.get(component) ?? judge(component);
    return component.manifests.flatMap((manifest) =>
      mutation.sites(manifest.object).flatMap(({ at, change }) => {
        sites += 1;
        const copy = structuredClone(manifest.object);
        change(copy);
        const noticed = [...judge(replaced(component, manifest, copy))].some((finding) => !before.has(finding));
        const { namespace } = manifest.object.metadata;
        return noticed ? [] : [`${namespace ?? "cluster"}: ${describeObject(manifest.object)}: ${at}`];
      }),
    );
  });
  return { sites, survivors };
}

const operators = ["cert-manager", "cnpg-system", "elastic-system"];
const bothDeny = operators.flatMap((namespace) =>
  ["default-deny", "operator"].map((name) => `${namespace}: NetworkPolicy ${name}: object`),
);
const openAlready = operators.map((namespace) => `${namespace}: NetworkPolicy operator: object`);
const prodPolicies = (...names: string[]): string[] =>
  names.map((name) => `suoke-life-prod: NetworkPolicy ${name}: object`);

/** Where a change goes unnoticed, because there it weakens nothing. */
const mayLive: Readonly<Record<string, readonly string[]>> = {
  // It has one pod, which nothing could be kept apart from.
  "pod: spread over nodes alone": ["suoke-life-prod: Deployment redis-exporter: pod"],
  "pod: not spread": ["suoke-life-prod: Deployment redis-exporter: pod"],
  // It reads the logs of the node as root, in a namespace for agents of the node: docs/traces-and-logs.md.
  "pod: may run as root": ["suoke-agents: DaemonSet otel-logs: pod"],
  "pod: root group": ["suoke-agents: DaemonSet otel-logs: pod"],
  "container: may be root": ["suoke-agents: DaemonSet otel-logs: otel-logs"],
  "container: root user": ["suoke-agents: DaemonSet otel-logs: otel-logs"],
  "container: low user": ["suoke-agents: DaemonSet otel-logs: otel-logs"],
  "namespace: no Pod Security": ["cluster: Namespace suoke-agents: object"],
  "namespace: privileged": ["cluster: Namespace suoke-agents: object"],
  // Two policies for all pods of the namespace, each of which closes both directions.
  "network: no longer about Ingress": bothDeny,
  "network: no longer about Egress": bothDeny,
  // What is exempt for being open already is no more open afterwards.
  "network: ingress of every address": prodPolicies("kong", "kong-controller"),
  "network: ingress of anybody": openAlready,
  "network: ingress of the internet": prodPolicies("kong", "kong-controller"),
  "network: egress open to all": openAlready,
  "network: egress of anybody": openAlready,
  "network: egress on every port": openAlready,
  "network: egress of the internet": prodPolicies(
    "alertmanager",
    "blackbox-exporter",
    "elasticsearch",
    "postgres",
    "postgres-drill",
  ),
};

describe("a change that makes production weaker is noticed by a rule", () => {
  it("in at least 80 kinds", () => {
    expect(new Set(mutations.map(({ name }) => name)).size).toBeGreaterThanOrEqual(80);
  });

  it.each(mutations.map((mutation) => [mutation.name, mutation] as const))("%s", (name, mutation) => {
    const { sites, survivors } = tryEverywhere(mutation);
    expect(sites).toBeGreaterThan(0);
    expect([...survivors].sort()).toEqual([...(mayLive[name] ?? [])].sort());
  });
});
