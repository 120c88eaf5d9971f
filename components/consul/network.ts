import type { ObjectOf } from "../../kubernetes/manifest.ts";
import type { Connection, Peer } from "../../kubernetes/network.ts";
import * as network from "../../kubernetes/network.ts";
import { clientApps, consulApp, ports } from "./names.ts";
import { consulLabels } from "./pods.ts";

/** Both directions of an app's pods: what is not listed is denied. DNS is open to the whole namespace. */
export function networkPolicy(
  app: string,
  namespace: string,
  { ingress = [], egress = [] }: { readonly ingress?: readonly Connection[]; readonly egress?: readonly Connection[] },
): ObjectOf<"NetworkPolicy"> {
  return network.networkPolicy({ name: app, namespace, labels: consulLabels(app) }, { app }, { ingress, egress });
}

/** A program of ours to the servers. */
export const toServers: Connection = { peer: { kind: "app", app: consulApp }, ports: [ports.https] };

/** Who reaches the servers: each other, services without TLS, as the plan's clients speak none, and our own programs with it. */
export function serverConnections(
  services: readonly string[],
  scraper: Peer | undefined,
): { readonly ingress: Connection[]; readonly egress: Connection[] } {
  const app = (name: string): Peer => ({ kind: "app", app: name });
  const peers: Connection[] = [
    { peer: app(consulApp), ports: [ports.rpc, ports.gossip] },
    { peer: app(consulApp), ports: [ports.gossip], protocol: "UDP" },
  ];
  const clients: Connection[] = [
    ...[clientApps.exporter, clientApps.setup, clientApps.snapshots].map((name) => ({
      peer: app(name),
      ports: [ports.https],
    })),
    // The catalogue sync also asks for the list of servers, by gRPC.
    { peer: app(clientApps.catalogue), ports: [ports.https, ports.grpc] },
    ...services.map((name) => ({ peer: app(name), ports: [ports.http] })),
    ...(scraper === undefined ? [] : [{ peer: scraper, ports: [ports.https] }]),
  ];
  return { ingress: [...peers, ...clients], egress: peers };
}
