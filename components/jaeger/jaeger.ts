import { pinnedImages, secretVariables, withoutDigest } from "../exemptions.ts";
import type { EnvironmentValue, SecretKey } from "../../kubernetes/handles.ts";
import { labels } from "../../kubernetes/labels.ts";
import type { Component, KubernetesObject, Metadata } from "../../kubernetes/manifest.ts";
import type { Connection, Peer } from "../../kubernetes/network.ts";
import { networkPolicy } from "../../kubernetes/network.ts";
import { secretManifest } from "../../kubernetes/secret-manifest.ts";
import type { Rotations } from "../../kubernetes/secrets.ts";
import { generated } from "../../kubernetes/secrets.ts";
import { elasticsearchConnection } from "../elasticsearch/names.ts";
import type { Elasticsearch } from "../elasticsearch/elasticsearch.ts";
import type { JaegerData } from "../telemetry/data.ts";
import type { Storage } from "./config.ts";
import { jaegerConfig, jaegerPorts, storePassword, storeUser, uiPassword, uiUser } from "./config.ts";
import { indicesName, indicesObjects } from "./indices.ts";
import { collectorName, memoryName, queryName } from "./names.ts";
import { programObjects } from "./programs.ts";

const expandsVariables = secretVariables("Jaeger expands passwords from variables of its configuration.");

export interface JaegerArgs {
  readonly namespace: string;
  /** Name of the environment: the prefix of its indices. */
  readonly environment: string;
  readonly data: JaegerData;
  readonly rotations: Rotations;
  readonly zoneSpread: "preferred" | "required";
  /** The app that sends spans. */
  readonly gateway: string;
  readonly scraper?: Peer;
  readonly elasticsearch?: Elasticsearch;
}

export interface Jaeger {
  readonly components: readonly Component[];
  /** `host:port` for OTLP over gRPC; every pod behind it is found. */
  readonly otlp: string;
  readonly connection: Connection;
  readonly ready: readonly string[];
}

const component = "jaeger";
const uiSecret = "jaeger-ui-login";

/** Jaeger: one process that forgets, or collectors and queries over Elasticsearch. */
export function jaeger(args: JaegerArgs): Jaeger {
  const { namespace, data, rotations, elasticsearch } = args;
  const meta =
    (app: string) =>
    (name: string): Metadata & { namespace: string } => ({
      name,
      namespace,
      labels: labels({ app, component: "platform", team: "platform" }),
    });
  const password: SecretKey = {
    component,
    secret: uiSecret,
    key: "password",
    value: generated("jaeger-ui", { length: 24, rotation: rotations("jaeger-ui") }),
  };
  const login = { [uiUser]: "suoke", [uiPassword]: password };
  const loginSecret = secretManifest({ ...meta(component)(uiSecret), values: { password: password.value } });
  const scrape: Connection[] = args.scraper === undefined ? [] : [{ peer: args.scraper, ports: [jaegerPorts.metrics] }];
  const spans: Connection = { peer: { kind: "app", app: args.gateway }, ports: [jaegerPorts.otlp] };
  const result = (name: string, components: readonly Component[]): Jaeger => ({
    components,
    otlp: `dns:///${name}:${jaegerPorts.otlp}`,
    connection: { peer: { kind: "app", app: name }, ports: [jaegerPorts.otlp] },
    ready: components.map((each) => each.name),
  });

  if (data.kind === "memory") {
    return result(memoryName, [
      {
        type: "suoke:platform:Jaeger",
        name: component,
        exemptions: [
          pinnedImages,
          withoutDigest,
          expandsVariables,
          {
            rule: "availability/rollout",
            problems: ["stops all its pods before it starts new ones."],
            reason: "Its traces are in memory: two at once would each show a part of them.",
            until: "2027-11-30",
          },
        ],
        dependsOn: [],
        manifests: [
          loginSecret,
          ...manifests([
            policy(meta(memoryName), memoryName, [spans, ...scrape], []),
            ...programObjects(
              {
                name: memoryName,
                config: jaegerConfig({ kind: "memory", traces: data.traces }, { collects: true, queries: true }),
                parts: { collects: true, queries: true },
                replicas: 1,
                size: { cpu: "100m", memory: data.memory },
                env: login,
                zoneSpread: args.zoneSpread,
              },
              meta(memoryName),
            ),
          ]),
        ],
      },
    ]);
  }
  if (elasticsearch === undefined) throw new Error("Jaeger keeps its traces in Elasticsearch, and there is none.");
  const storage: Storage = { kind: "elasticsearch", store: elasticsearch, prefix: args.environment };
  const store = elasticsearch.login("jaeger");
  const env: Record<string, EnvironmentValue> = { [storeUser]: store.username, [storePassword]: store.password };
  const size = { cpu: "200m", memory: "512Mi" };
  const shared = { size, zoneSpread: args.zoneSpread, authority: elasticsearch.authority };
  return result(collectorName, [
    {
      type: "suoke:platform:JaegerIndices",
      exemptions: [pinnedImages, withoutDigest, expandsVariables],
      name: indicesName,
      dependsOn: elasticsearch.ready,
      manifests: manifests([
        policy(meta(indicesName), indicesName, [], [elasticsearchConnection]),
        ...indicesObjects(elasticsearch, args.environment, meta(indicesName)),
      ]),
    },
    {
      type: "suoke:platform:Jaeger",
      name: component,
      exemptions: [pinnedImages, withoutDigest, expandsVariables],
      dependsOn: [indicesName],
      manifests: [
        loginSecret,
        ...manifests([
          policy(meta(collectorName), collectorName, [spans, ...scrape], [elasticsearchConnection]),
          ...programObjects(
            {
              ...shared,
              name: collectorName,
              config: jaegerConfig(storage, { collects: true, queries: false }),
              parts: { collects: true, queries: false },
              replicas: data.collectors,
              env,
            },
            meta(collectorName),
          ),
          policy(meta(queryName), queryName, scrape, [elasticsearchConnection]),
          ...programObjects(
            {
              ...shared,
              name: queryName,
              config: jaegerConfig(storage, { collects: false, queries: true }),
              parts: { collects: false, queries: true },
              replicas: data.queries,
              env: { ...env, ...login },
            },
            meta(queryName),
          ),
        ]),
      ],
    },
  ]);
}

/** The apps that talk to Elasticsearch, for its NetworkPolicy. */
export const jaegerApps: readonly string[] = [indicesName, collectorName, queryName];

function manifests(objects: readonly KubernetesObject[]): Component["manifests"] {
  return objects.map((object) => ({ object }));
}

/** People reach the UI through the API server (`kubectl port-forward`), which needs no rule. */
function policy(
  meta: (name: string) => Metadata,
  app: string,
  ingress: readonly Connection[],
  egress: readonly Connection[],
): KubernetesObject {
  return networkPolicy(meta(app), { app }, { ingress, egress });
}
