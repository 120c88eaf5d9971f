import type { KubernetesObject } from "../kubernetes/manifest.ts";
import { exceeds, parseQuantity } from "../kubernetes/quantity.ts";
import type { Finding } from "../policies/finding.ts";
import { podsOf } from "../policies/pods.ts";
import type { QuotaResource } from "../policies/quota.ts";
import { formatAmount, quotaResources, rolloutDemand } from "../policies/quota.ts";
import type { Cluster } from "./kubectl.ts";
import { kubectlOutput, resourceName } from "./kubectl.ts";
import { clusterFix } from "./preflight.ts";

/** What an environment wants of its namespace. */
export interface Wanted {
  readonly namespace: string;
  readonly quota: Readonly<Record<string, string>>;
}

interface Quota {
  readonly spec?: { readonly hard?: Readonly<Record<string, string>> };
  readonly status?: { readonly used?: Readonly<Record<string, string>> };
}

/**
 * Whether the quota that stands in the cluster holds what the data say it must, and whether what is in use at the moment leaves
 * room for this deployment: pods that do not fit are not refused, they just never come.
 */
export async function quotaFindings(
  { namespace, quota }: Wanted,
  objects: readonly KubernetesObject[],
  cluster: Cluster,
): Promise<Finding[]> {
  const answer = await kubectlOutput(cluster, ["get", "resourcequotas", `--namespace=${namespace}`, "-o", "json"]);
  const { items } = JSON.parse(answer) as { items: readonly Quota[] };
  const place = `context ${cluster.context}`;
  const small = items.flatMap(({ spec }) =>
    Object.entries(quota).flatMap(([resource, wanted]) => {
      const hard = spec?.hard?.[resource];
      if (hard === undefined || parseQuantity(hard) >= parseQuantity(wanted)) return [];
      const problem = `namespace ${namespace} may have ${hard} of ${resource}, and the environment needs ${wanted}.`;
      return [{ rule: "preflight/quota", place, problem, fix: clusterFix }];
    }),
  );
  if (small.length > 0) return small;
  const running = await workloadsIn(namespace, objects, cluster);
  const needed = rolloutDemand(objects, ({ kind, metadata }) => running.has(`${kind} ${metadata.name}`));
  const used = (resource: QuotaResource, { status }: Quota): number => parseQuantity(status?.used?.[resource] ?? "0");
  return items.flatMap((item) =>
    quotaResources.flatMap((resource) => {
      const hard = item.spec?.hard?.[resource];
      if (hard === undefined || !exceeds(used(resource, item) + needed[resource], parseQuantity(hard))) return [];
      const amount = (value: number): string => formatAmount(resource, value);
      const problem =
        `of ${hard} of ${resource}, namespace ${namespace} has ${amount(used(resource, item))} in use, ` +
        `and this deployment needs ${amount(needed[resource])} more at once.`;
      const fix = `Remove what is not of the platform: kubectl get pods -n ${namespace} -l 'app.kubernetes.io/managed-by!=suoke'`;
      return [{ rule: "preflight/quota-in-use", place, problem, fix }];
    }),
  );
}

/** The workloads that are there already, as `kind name`. */
async function workloadsIn(
  namespace: string,
  objects: readonly KubernetesObject[],
  cluster: Cluster,
): Promise<ReadonlySet<string>> {
  const kinds = [...new Set(objects.filter((object) => podsOf(object) !== undefined).map(resourceName))].join(",");
  if (kinds === "") return new Set();
  const columns = "custom-columns=kind:.kind,name:.metadata.name";
  const answer = await kubectlOutput(cluster, [
    ...["get", kinds, `--namespace=${namespace}`, "--no-headers", "-o", columns],
  ]);
  return new Set(answer.split("\n").map((line) => line.trim().replace(/\s+/, " ")));
}
