import type { Component } from "../kubernetes/manifest.ts";
import { objectsOf } from "../kubernetes/manifest.ts";
import { root } from "../local/paths.ts";
import type { Finding } from "../policies/finding.ts";
import { refuse } from "../policies/finding.ts";
import type { Environment } from "../stacks/environment.ts";
import { environmentNamed, loadEnvironment } from "../stacks/load.ts";
import { platform } from "../stacks/platform.ts";
import { deliveryEngine } from "./engine.ts";
import type { Cluster } from "./kubectl.ts";
import { kubectl, kubectlOutput } from "./kubectl.ts";
import { clusterFix, preflight, requirements } from "./preflight.ts";
import { quotaFindings } from "./preflight-quota.ts";

/** Exit code 1 when an environment's cluster lacks something that it needs. */
export async function preflightCommand(env: string, options: { readonly engine?: string }): Promise<void> {
  const environment = loadEnvironment(environmentNamed(env), root);
  const cluster = deliveryEngine(options.engine).cluster(environment);
  await preflightEnvironment(environment, platform(environment), cluster);
  process.stdout.write(`The cluster of context ${cluster.context} has all that ${env} needs.\n`);
}

/**
 * Asks the cluster for all that an environment needs: version, kinds and namespace; then rights, storage classes and quota.
 * @throws {Findings} with everything that is missing
 */
export async function preflightEnvironment(
  environment: Environment,
  components: readonly Component[],
  cluster: Cluster,
): Promise<void> {
  const { data } = environment;
  await preflight(requirements(components, data.namespace), cluster);
  const findings = await Promise.all([
    rightsFindings(components, data.namespace, cluster),
    quotaFindings(data, objectsOf(components), cluster),
    ...data.storageClasses.map((name) => storageFindings(name, cluster)),
  ]);
  refuse(findings.flat());
}

interface Rule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** What applying, changing and removing an object takes. */
const verbs = ["get", "create", "patch", "delete"];

async function rightsFindings(
  components: readonly Component[],
  namespace: string,
  cluster: Cluster,
): Promise<Finding[]> {
  const review = { apiVersion: "authorization.k8s.io/v1", kind: "SelfSubjectRulesReview", spec: { namespace } };
  // Raw: kubectl would first look for the kind's definition, which takes rights of its own.
  const answer = await kubectlOutput(
    cluster,
    ["create", "--raw", "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", "-f", "-"],
    JSON.stringify(review),
  );
  const { status } = JSON.parse(answer) as { status: { incomplete: boolean; resourceRules: readonly Rule[] } };
  // Some authorizers cannot list what they allow; then only trying tells.
  if (status.incomplete) return [];
  const groups = new Map<string, Set<string>>();
  for (const { apiVersion, kind } of objectsOf(components)) {
    groups.set(apiVersion, (groups.get(apiVersion) ?? new Set()).add(kind));
  }
  const findings = await Promise.all(
    [...groups].map(async ([apiVersion, kinds]) => {
      const resources = await resourcesOf(apiVersion, kinds, cluster);
      const group = apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "";
      return resources.flatMap((resource) => {
        const missing = verbs.filter(
          (verb) => !status.resourceRules.some((rule) => allows(rule, verb, group, resource)),
        );
        return missing.length === 0 ? [] : [rightFinding(missing, resource, namespace, cluster)];
      });
    }),
  );
  return findings.flat();
}

async function resourcesOf(apiVersion: string, kinds: ReadonlySet<string>, cluster: Cluster): Promise<string[]> {
  const path = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const { resources } = JSON.parse(await kubectlOutput(cluster, ["get", "--raw", path])) as {
    resources: readonly { readonly name: string; readonly kind: string }[];
  };
  return resources.filter(({ name, kind }) => kinds.has(kind) && !name.includes("/")).map(({ name }) => name);
}

function allows(
  { verbs, apiGroups = [], resources = [], resourceNames }: Rule,
  verb: string,
  group: string,
  resource: string,
): boolean {
  const has = (list: readonly string[], wanted: string): boolean => list.includes(wanted) || list.includes("*");
  return resourceNames === undefined && has(verbs, verb) && has(apiGroups, group) && has(resources, resource);
}

function rightFinding(missing: readonly string[], resource: string, namespace: string, { context }: Cluster): Finding {
  return {
    rule: "preflight/rights",
    place: `context ${context}`,
    problem: `may not ${missing.join(", ")} ${resource} in ${namespace}.`,
    fix: clusterFix,
  };
}

async function storageFindings(name: string, cluster: Cluster): Promise<Finding[]> {
  const { code, stderr } = await kubectl(cluster, ["get", "storageclass", name, "-o", "name"]);
  if (code === 0) return [];
  const hidden = /forbidden/i.test(stderr);
  return [
    {
      rule: "preflight/storage-class",
      place: `context ${cluster.context}`,
      problem: hidden ? `may not look for storage class ${name}.` : `there is no storage class ${name}.`,
      fix: hidden ? clusterFix : "Create it, or name another one in stacks/<env>.ts.",
    },
  ];
}
