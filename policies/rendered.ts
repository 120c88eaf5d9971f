import type { Component } from "../kubernetes/manifest.ts";
import { objectsOf } from "../kubernetes/manifest.ts";
import { drainFindings } from "./drain.ts";
import type { RenderFinding } from "./ids.ts";
import { indexPods } from "./pods.ts";
import type { QuotaResource } from "./quota.ts";
import { quotaFindings } from "./quota.ts";
import type { Classes } from "./references.ts";
import { redisFindings } from "./redis.ts";
import { referenceFindings } from "./references.ts";
import { scopeFindings, uniquenessFindings } from "./scope.ts";

/** What an environment finds in its cluster, owned by another stack. */
export interface ClusterOffers extends Classes {
  readonly namespace: string;
  readonly quota: Readonly<Record<QuotaResource, string>>;
  /** Nodes at most: a DaemonSet has a pod on each. */
  readonly nodes: number;
}

/** Rules that every rendered environment must satisfy. */
export function renderedFindings(components: readonly Component[], offers: ClusterOffers): RenderFinding[] {
  const objects = objectsOf(components);
  const pods = indexPods(objects);
  return [
    ...scopeFindings(components, offers.namespace),
    ...uniquenessFindings(components),
    ...referenceFindings(objects, offers, pods),
    ...drainFindings(objects, pods),
    ...redisFindings(objects),
    ...quotaFindings(objects, offers.quota, offers.nodes),
  ];
}
