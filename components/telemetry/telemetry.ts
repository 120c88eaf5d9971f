import { pinnedImages, secretVariables, withoutDigest } from "../exemptions.ts";
import type { Endpoint, SecretKey } from "../../kubernetes/handles.ts";
import { labels } from "../../kubernetes/labels.ts";
import type { Component, KubernetesObject, Metadata } from "../../kubernetes/manifest.ts";
import type { Connection, Peer } from "../../kubernetes/network.ts";
import { networkPolicy } from "../../kubernetes/network.ts";
import { secretManifest } from "../../kubernetes/secret-manifest.ts";
import type { Rotations } from "../../kubernetes/secrets.ts";
import { generated } from "../../kubernetes/secrets.ts";
import { elasticsearchConnection } from "../elasticsearch/names.ts";
import type { Elasticsearch } from "../elasticsearch/elasticsearch.ts";
import { jaeger } from "../jaeger/jaeger.ts";
import { agentObjects } from "./agents.ts";
import { collectorPorts } from "./collector.ts";
import type { ManagedTracing } from "./data.ts";
import { gatewayObjects } from "./gateway.ts";
import { agentName, gatewayName } from "./names.ts";

export interface TelemetryArgs {
  readonly namespace: string;
  /** Name of the environment: the prefix of Jaeger's indices. */
  readonly environment: string;
  readonly tracing: ManagedTracing;
  readonly rotations: Rotations;
  readonly zoneSpread: "preferred" | "required";
  readonly kubeApi: Connection;
  readonly scraper?: Peer;
  /** Apps of the namespace that send spans. */
  readonly clients: readonly string[];
  /** Those that speak OTLP over HTTP and nothing else. */
  readonly httpClients: readonly string[];
  /** Pods that read the nodes' log files. */
  readonly logAgents: Peer;
  /** Keeps log lines, and traces where Jaeger does not keep them in memory. */
  readonly elasticsearch?: Elasticsearch;
}

/** What services hold of tracing. */
export interface Tracing {
  /** OTLP over gRPC. */
  readonly endpoint: Endpoint;
  /** OTLP over HTTP, for those that speak nothing else. A collector of somebody else's may not. */
  readonly http?: { readonly endpoint: Endpoint; readonly connection: Connection };
  readonly connections: readonly Connection[];
  readonly components: readonly Component[];
}

const keySecret = "personal-data-key";

/** The way of a span: agent on the node, gateway, Jaeger. */
export function telemetry(args: TelemetryArgs): Tracing {
  const { namespace, tracing, rotations, zoneSpread, kubeApi, scraper, clients, httpClients } = args;
  const meta =
    (app: string) =>
    (name: string): Metadata & { namespace: string } => ({
      name,
      namespace,
      labels: labels({ app, component: "platform", team: "platform" }),
    });
  const store = args.elasticsearch;
  const backend = jaeger({
    namespace,
    environment: args.environment,
    data: tracing.jaeger,
    rotations,
    zoneSpread,
    gateway: gatewayName,
    ...(scraper === undefined ? {} : { scraper }),
    ...(args.elasticsearch === undefined ? {} : { elasticsearch: args.elasticsearch }),
  });
  const hashKey: SecretKey = {
    component: gatewayName,
    secret: keySecret,
    key: "key",
    // 32 bytes are the least that the collector takes for HMAC-SHA-256.
    value: generated("personal-data-key", { length: 43, rotation: rotations("personal-data-key") }),
  };
  const { grpc, http, thrift, metrics, spanMetrics } = collectorPorts;
  const app = (name: string): Peer => ({ kind: "app", app: name });
  const scrape = (...ports: number[]): Connection[] => (scraper === undefined ? [] : [{ peer: scraper, ports }]);
  const policies: readonly KubernetesObject[] = [
    networkPolicy(
      meta(agentName)(agentName),
      { app: agentName },
      {
        ingress: [
          ...clients.flatMap((client): Connection[] => [
            { peer: app(client), ports: [grpc, http] },
            { peer: app(client), ports: [thrift], protocol: "UDP" },
          ]),
          ...httpClients.map((client): Connection => ({ peer: app(client), ports: [http] })),
          ...scrape(metrics),
        ],
        egress: [{ peer: app(gatewayName), ports: [grpc] }, kubeApi],
      },
    ),
    networkPolicy(
      meta(gatewayName)(gatewayName),
      { app: gatewayName },
      {
        ingress: [
          { peer: app(agentName), ports: [grpc] },
          ...(store === undefined ? [] : [{ peer: args.logAgents, ports: [collectorPorts.logs] }]),
          ...scrape(metrics, spanMetrics),
        ],
        egress: [backend.connection, ...(store === undefined ? [] : [elasticsearchConnection])],
      },
    ),
  ];
  const [agentPolicy, gatewayPolicy] = policies.map((object) => ({ object }));
  if (agentPolicy === undefined || gatewayPolicy === undefined) throw new Error("There are two policies.");
  return {
    endpoint: { host: agentName, port: grpc },
    http: { endpoint: { host: agentName, port: http }, connection: { peer: app(agentName), ports: [http] } },
    connections: [
      { peer: app(agentName), ports: [grpc, http] },
      { peer: app(agentName), ports: [thrift], protocol: "UDP" },
    ],
    components: [
      ...backend.components,
      {
        type: "suoke:platform:OtelGateway",
        exemptions: [
          pinnedImages,
          withoutDigest,
          secretVariables("The collector expands passwords and keys from variables of its configuration."),
          {
            rule: "data/protected",
            reason: "The volume holds what waits to be sent for minutes, and nothing else.",
            until: "2027-11-30",
          },
        ],
        name: gatewayName,
        dependsOn: [...new Set([...backend.ready, ...(store?.ready ?? [])])],
        manifests: [
          gatewayPolicy,
          secretManifest({
            ...meta(gatewayName)(keySecret),
            values: { [hashKey.key]: hashKey.value },
          }),
          ...gatewayObjects(
            {
              tracing,
              zoneSpread,
              jaeger: backend.otlp,
              ...(store === undefined ? {} : { logs: { store, hashKey } }),
            },
            meta(gatewayName),
          ).map((object) => ({
            object,
          })),
        ],
      },
      {
        type: "suoke:platform:OtelAgent",
        exemptions: [
          pinnedImages,
          withoutDigest,
          secretVariables("The collector expands the key of its pseudonyms from a variable of its configuration."),
          {
            rule: "pods/token",
            reason:
              "It asks for the pods of its node, to name them in logs and traces; cluster/ binds its account to that.",
            until: "2027-11-30",
          },
        ],
        name: agentName,
        dependsOn: [gatewayName],
        manifests: [agentPolicy, ...agentObjects(tracing, hashKey, meta(agentName)).map((object) => ({ object }))],
      },
    ],
  };
}
