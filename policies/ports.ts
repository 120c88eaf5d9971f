import type { KubernetesObject } from "../kubernetes/manifest.ts";
import { describeObject } from "../kubernetes/manifest.ts";
import type { RenderFinding } from "./ids.ts";
import { suggest } from "./finding.ts";
import type { PodIndex, Pods } from "./pods.ts";
import { podsOf } from "./pods.ts";

/** The ports that an object names, and the pods in which it means them. */
interface Uses {
  readonly pods: readonly Pods[];
  readonly ports: readonly (readonly [path: string, port: string | number | undefined])[];
}

/** Port names that no container has: in a Service's targetPort, in probes, in a NetworkPolicy's ingress. */
export function portFindings(object: KubernetesObject, index: PodIndex): RenderFinding[] {
  const uses = usesOf(object, index);
  if (uses === undefined || uses.pods.length === 0) return [];
  const names = uses.pods.flatMap(({ spec }) =>
    spec.containers.flatMap(({ ports }) => (ports ?? []).flatMap(({ name }) => name ?? [])),
  );
  return uses.ports
    .filter(([, port]) => typeof port === "string" && !names.includes(port))
    .map(([path, port]) => ({
      rule: "references/missing-port",
      place: `${describeObject(object)}: ${path}`,
      problem: `no selected pod has a port named "${port}".`,
      fix: suggest(String(port), names),
    }));
}

function usesOf(object: KubernetesObject, index: PodIndex): Uses | undefined {
  const own = podsOf(object);
  if (own !== undefined) {
    const ports = own.spec.containers.flatMap((container) =>
      [container.startupProbe, container.livenessProbe, container.readinessProbe].map(
        (probe) => [`${container.name} probes`, probe?.httpGet?.port ?? probe?.tcpSocket?.port] as const,
      ),
    );
    return { pods: [own], ports };
  }
  switch (object.kind) {
    case "Service":
      return {
        pods: index.matching(object.spec?.selector, object.metadata.namespace),
        ports: (object.spec?.ports ?? []).map(({ name, targetPort }) => [`port ${name}`, targetPort]),
      };
    case "NetworkPolicy":
      return {
        pods: index.matching(object.spec?.podSelector?.matchLabels, object.metadata.namespace),
        ports: (object.spec?.ingress ?? []).flatMap(({ ports }) =>
          (ports ?? []).map(({ port }) => ["ingress", port] as const),
        ),
      };
    default:
      return undefined;
  }
}
