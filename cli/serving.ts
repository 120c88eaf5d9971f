import type { Finding } from "../policies/finding.ts";

interface List<Spec> {
  readonly items: readonly { readonly metadata: { readonly name: string }; readonly spec: Spec }[];
}
interface RouteSpec {
  readonly rules?: readonly { readonly backendRefs?: readonly { readonly name: string; readonly weight?: number }[] }[];
}
interface ServiceSpec {
  readonly selector?: Readonly<Record<string, string>>;
}

/**
 * Second tracks that serve at this moment and would be gone: a canary whose weight is above 0, a green one that is active.
 * The settings alone cannot tell; what the cluster has can.
 * @param tracks names of the second tracks' Deployments that are there afterwards
 * @param get the answer of the API server at a path, or nothing where it has no such thing
 */
export async function servingFindings(
  namespace: string,
  tracks: ReadonlySet<string>,
  get: (path: string) => Promise<string | undefined>,
): Promise<Finding[]> {
  const list = async <Spec>(path: string): Promise<List<Spec>["items"]> => {
    const answer = await get(path);
    return answer === undefined ? [] : (JSON.parse(answer) as List<Spec>).items;
  };
  const routesOf = (plural: string) =>
    list<RouteSpec>(`/apis/gateway.networking.k8s.io/v1/namespaces/${namespace}/${plural}`);
  const [http, grpc, services] = await Promise.all([
    routesOf("httproutes"),
    routesOf("grpcroutes"),
    list<ServiceSpec>(`/api/v1/namespaces/${namespace}/services`),
  ]);
  const backends = [...http, ...grpc].flatMap(({ spec }) =>
    (spec.rules ?? []).flatMap((rule) => rule.backendRefs ?? []),
  );
  // A canary has a host for gRPC beside its own. While routes differ, the largest share counts.
  const weights = Map.groupBy(backends, ({ name }) => name.replace(/-canary-grpc$/, "-canary"));
  const canaries = [...weights]
    .map(([name, its]) => [name, Math.max(...its.map(({ weight = 1 }) => weight))] as const)
    .filter(([name, weight]) => name.endsWith("-canary") && weight > 0 && !tracks.has(name))
    .map(([name, weight]) => {
      const service = name.replace(/-canary$/, "");
      return finding(
        namespace,
        `${name} gets ${weight} % of the requests and would be removed.`,
        `Set the weight of rollouts.${service}.canary to 0, apply that, and then remove the block.`,
      );
    });
  const greens = services.flatMap(({ metadata: { name }, spec: { selector } }) =>
    selector?.["track"] !== "green" || tracks.has(`${selector["app"]}-green`) || name !== selector["app"]
      ? []
      : [
          finding(
            namespace,
            `${name}-green gets all requests and would be removed.`,
            `Set rollouts.${name}.blueGreen.active to blue, apply that, and then remove the block.`,
          ),
        ],
  );
  return [...canaries, ...greens];
}

function finding(namespace: string, problem: string, fix: string): Finding {
  return { rule: "preflight/serving", place: `namespace ${namespace}`, problem, fix };
}
