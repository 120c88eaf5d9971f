import type { ApiObject, LiveService } from "../delivery/rollout-live.ts";
import { liveService } from "../delivery/rollout-live.ts";
import { UsageError } from "../policies/finding.ts";
import type { Api } from "./api.ts";
import { withApi } from "./api.ts";
import type { Cluster } from "./kubectl.ts";

/** Looks at what runs of a service. @throws {UsageError} when the cluster cannot be asked */
export function readLiveService(cluster: Cluster, namespace: string, service: string): Promise<LiveService> {
  return withApi(cluster, async (api) => {
    const gateway = `/apis/gateway.networking.k8s.io/v1/namespaces/${namespace}`;
    const [deployments, services, http, grpc] = await Promise.all(
      [
        `/apis/apps/v1/namespaces/${namespace}/deployments`,
        `/api/v1/namespaces/${namespace}/services`,
        `${gateway}/httproutes`,
        `${gateway}/grpcroutes`,
      ].map((path) => list(api, cluster, path)),
    );
    return liveService(service, {
      deployments: deployments ?? [],
      services: services ?? [],
      routes: [...(http ?? []), ...(grpc ?? [])],
    });
  });
}

/** What there is of a kind; nothing where the server does not know it, as where the entry is not ours. */
async function list(api: Api, { context }: Cluster, path: string): Promise<readonly ApiObject[]> {
  const { status, body } = await api({ method: "GET", path });
  if (status === 404) return [];
  if (status !== 200) {
    const { message = "" } = body as { message?: string };
    throw new UsageError(
      `The cluster of context ${context} does not tell what runs: ${message || `status ${status}`}. Nothing was changed.`,
    );
  }
  return (body as { items: readonly ApiObject[] }).items;
}
