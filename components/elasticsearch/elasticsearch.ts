import { pinnedImages, secretVariables, withoutDigest } from "../exemptions.ts";
import type { Endpoint } from "../../kubernetes/handles.ts";
import { labels } from "../../kubernetes/labels.ts";
import type { Component, Metadata } from "../../kubernetes/manifest.ts";
import type { Connection, Peer } from "../../kubernetes/network.ts";
import { networkPolicy } from "../../kubernetes/network.ts";
import type { Rotations } from "../../kubernetes/secrets.ts";
import { elasticsearchCluster } from "./cluster.ts";
import type { ManagedElasticsearch } from "./data.ts";
import { elasticsearchExporter, exporterName } from "./exporter.ts";
import { lifecycleCalls } from "./lifecycle.ts";
import { authorityPath, elasticsearchConnection, elasticsearchName, elasticsearchPort, operatorMade } from "./names.ts";
import { elasticsearchUrl, setupName, setupObjects } from "./setup.ts";
import { snapshotConnections, snapshotsManifest } from "./snapshots.ts";
import type { ElasticsearchUser, Login } from "./users.ts";
import { login, userManifests } from "./users.ts";

export interface ElasticsearchArgs {
  readonly namespace: string;
  readonly server: ManagedElasticsearch;
  readonly rotations: Rotations;
  readonly zoneSpread: "preferred" | "required";
  readonly operator: Peer;
  /** Apps of the same namespace that talk to it. */
  readonly clients: readonly string[];
  /** Who is told how it is. */
  readonly scraper?: Peer;
}

/** What its clients hold. */
export interface Elasticsearch {
  readonly components: readonly Component[];
  readonly endpoint: Endpoint;
  /** With TLS, by a name that its certificate is valid for. */
  readonly url: string;
  /** Secret with the authority of its certificate in `ca.crt`, and where programs mount it. */
  readonly authority: { readonly secret: string; readonly path: string };
  readonly login: (user: ElasticsearchUser) => Login;
  readonly connection: Connection;
  /** Components that must be there before anything is written. */
  readonly ready: readonly string[];
  readonly server: ManagedElasticsearch;
}

/** Port on which nodes talk to one another. */
const transportPort = 9300;

/** Elasticsearch for traces and logs: the cluster, its users, how long it keeps what. */
export function elasticsearch(args: ElasticsearchArgs): Elasticsearch {
  const { namespace, server, rotations, zoneSpread, operator, clients, scraper } = args;
  const meta =
    (app: string) =>
    (name: string): Metadata & { namespace: string } => ({
      name,
      namespace,
      labels: labels({ app, component: "data", team: "platform" }),
    });
  const own = meta(elasticsearchName);
  const made = operatorMade(elasticsearchName);
  const nodes: Connection = {
    peer: { kind: "app", app: elasticsearchName },
    ports: [elasticsearchPort, transportPort],
  };
  const from = (app: string): Connection => ({ peer: { kind: "app", app }, ports: [elasticsearchPort] });
  return {
    components: [
      {
        type: "suoke:data:Elasticsearch",
        exemptions: [
          {
            rule: "network/dangling",
            problems: ["is for app=elasticsearch, and no pod of the render has that."],
            reason: "Elastic's operator makes these pods; the labels are those that it gives them.",
            until: "2027-11-30",
          },
          ...(server.snapshots.kind !== "none" && server.snapshots.cidrs === undefined
            ? [
                {
                  rule: "network/internet",
                  problems: ["allows traffic to the whole internet."],
                  reason: "The object store of the snapshots is known by name alone; cidrs in the data narrow it.",
                  until: "2027-05-31",
                },
              ]
            : []),
        ],
        name: elasticsearchName,
        dependsOn: [],
        manifests: [
          ...userManifests(rotations, own),
          ...(server.snapshots.kind === "none" ? [] : [snapshotsManifest(rotations, own)]),
          {
            object: networkPolicy(
              own(elasticsearchName),
              { app: elasticsearchName },
              {
                ingress: [
                  nodes,
                  { peer: operator, ports: [elasticsearchPort] },
                  ...[...new Set([setupName, ...(scraper === undefined ? [] : [exporterName]), ...clients])]
                    .sort()
                    .map(from),
                ],
                egress: [nodes, ...snapshotConnections(server.snapshots)],
              },
            ),
          },
          {
            object: elasticsearchCluster({ server, zoneSpread }, own(elasticsearchName)),
            lifecycle: { protect: true, retainOnDelete: true },
          },
        ],
      },
      {
        type: "suoke:data:ElasticsearchSetup",
        exemptions: [
          pinnedImages,
          withoutDigest,
          secretVariables("The script gives the password to curl by standard input; it is in no command line."),
        ],
        name: setupName,
        dependsOn: [elasticsearchName],
        manifests: [
          {
            object: networkPolicy(
              meta(setupName)(setupName),
              { app: setupName },
              { ingress: [], egress: [elasticsearchConnection] },
            ),
          },
          ...setupObjects(lifecycleCalls(server), login("setup", rotations), namespace, meta(setupName)).map(
            (object) => ({ object }),
          ),
        ],
      },
      ...(scraper === undefined
        ? []
        : [
            elasticsearchExporter(
              { url: elasticsearchUrl(namespace), login: login("metrics", rotations), scraper },
              meta(exporterName),
            ),
          ]),
    ],
    endpoint: { host: made.service, port: elasticsearchPort },
    url: elasticsearchUrl(namespace),
    authority: { secret: made.authority, path: authorityPath },
    login: (user) => login(user, rotations),
    connection: elasticsearchConnection,
    ready: [setupName],
    server,
  };
}
