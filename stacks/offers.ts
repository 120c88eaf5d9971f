import { priorityClasses } from "../components/priorities/priorities.ts";
import type { ClusterOffers } from "../policies/rendered.ts";
import type { EnvironmentData } from "./environment.ts";

/** What an environment finds in its cluster, which another stack owns. */
export function clusterOffers({ namespace, quota, storageClasses, nodes }: EnvironmentData<string>): ClusterOffers {
  return { namespace, priorityClasses: Object.keys(priorityClasses), storageClasses, quota, nodes };
}
