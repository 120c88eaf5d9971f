import type { ObjectOf } from "../../kubernetes/manifest.ts";
import type { Connection, Peer } from "../../kubernetes/network.ts";
import { networkPolicy } from "../../kubernetes/network.ts";
import type { Installation, Layout } from "./layout.ts";
import { metadataOf, redisPort, sentinelPort } from "./layout.ts";

/** Name of the exporter's pods, which look at every installation. */
export const exporterApp = "redis-exporter";

/** The `app` label of what removes sagas that have ended. */
export const retentionApp = (name: string): string => `${name}-retention`;

const app = (name: string): Peer => ({ kind: "app", app: name });

/** Who talks to whom within an installation, and who comes in from outside: clients at the front, and nowhere else. */
export function networkPolicies(installation: Installation, layout: Layout): ObjectOf<"NetworkPolicy">[] {
  const { name, clients, durable, scraper } = installation;
  const { serverApp, sentinelApp, proxyApp, frontApp } = layout;
  const users: Connection[] = [
    ...clients.map(({ service }) => app(service)),
    ...(durable === undefined ? [] : [app(retentionApp(name))]),
  ].map((peer) => ({ peer, ports: ["redis"] }));
  const toServers: Connection = { peer: app(serverApp), ports: [redisPort] };
  const exporter: Peer[] = scraper === undefined ? [] : [app(exporterApp)];
  const policy = (part: string, ingress: readonly Connection[], egress: readonly Connection[]) =>
    networkPolicy(metadataOf(installation, part), { app: part }, { ingress, egress });
  const from = (peers: readonly Peer[], port: string): Connection[] => peers.map((peer) => ({ peer, ports: [port] }));
  if (frontApp === serverApp) return [policy(serverApp, [...users, ...from(exporter, "redis")], [])];
  const toSentinels: Connection = { peer: app(sentinelApp), ports: [sentinelPort] };
  const parts = [serverApp, sentinelApp, proxyApp].map(app);
  return [
    policy(serverApp, from([...parts, ...exporter], "redis"), [toServers, toSentinels]),
    policy(sentinelApp, from([...parts, ...exporter], "sentinel"), [toServers, toSentinels]),
    policy(
      proxyApp,
      [...users, ...(scraper === undefined ? [] : [{ peer: scraper, ports: ["metrics"] }])],
      [toServers, toSentinels],
    ),
  ];
}
