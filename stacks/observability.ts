import type { Service } from "../catalogue/service.ts";
import { eckPeer } from "../components/eck/eck.ts";
import { elasticsearch } from "../components/elasticsearch/elasticsearch.ts";
import { grafanaName } from "../components/grafana/grafana.ts";
import { kongName } from "../components/kong/names.ts";
import { jaegerApps } from "../components/jaeger/jaeger.ts";
import { agentsNamespace } from "../components/node-logs/names.ts";
import type { External, Systems } from "../components/systems.ts";
import { gatewayName, logsAgentName } from "../components/telemetry/names.ts";
import type { Tracing } from "../components/telemetry/telemetry.ts";
import { telemetry } from "../components/telemetry/telemetry.ts";
import type { Connection } from "../kubernetes/network.ts";
import type { Rotations } from "../kubernetes/secrets.ts";
import type { Environment } from "./environment.ts";

/** Elasticsearch, collectors and Jaeger of an environment, as far as it has them. */
export function observability(
  { data }: Environment<string>,
  running: readonly Service<string>[],
  rotations: Rotations,
  kubeApi: Connection,
  scraper: Pick<Systems, "scraper">,
): Pick<Systems, "elasticsearch" | "tracing"> {
  const { namespace, name } = data;
  const { elasticsearch: server, tracing } = data.systems;
  const zoneSpread = data.zones.spread;
  const search =
    server.kind === "off"
      ? {}
      : {
          elasticsearch: elasticsearch({
            namespace,
            server,
            rotations,
            zoneSpread,
            operator: eckPeer,
            ...scraper,
            clients: [
              ...(tracing.kind !== "managed"
                ? []
                : [gatewayName, ...(tracing.jaeger.kind === "memory" ? [] : jaegerApps)]),
              ...(data.systems.metrics.kind === "managed" ? [grafanaName] : []),
            ],
          }),
        };
  switch (tracing.kind) {
    case "off":
      return search;
    case "external":
      return { ...search, tracing: externalTracing(tracing) };
    case "managed":
      return {
        ...search,
        tracing: telemetry({
          ...search,
          ...scraper,
          namespace,
          environment: name,
          tracing,
          rotations,
          zoneSpread,
          kubeApi,
          logAgents: { kind: "pods", namespace: agentsNamespace, labels: { app: logsAgentName } },
          clients: running.filter(({ needs }) => needs.tracing !== undefined).map((service) => service.name),
          httpClients: data.systems.edge.kind === "managed" ? [kongName] : [],
        }),
      };
  }
}

/** A collector that somebody else runs. */
function externalTracing({ host, port, cidrs }: External): Tracing {
  return {
    endpoint: { host, port },
    connections: [{ peer: { kind: "addresses", cidrs }, ports: [port] }],
    components: [],
  };
}
