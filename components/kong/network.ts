import type { Metadata, ObjectOf } from "../../kubernetes/manifest.ts";
import type { Connection } from "../../kubernetes/network.ts";
import { anyone, networkPolicy } from "../../kubernetes/network.ts";
import type { KongArgs } from "./data.ts";
import { oldGatewayConnections } from "./old-gateway.ts";
import { controllerName, kongName, proxyPorts, solverLabels, solverPort } from "./names.ts";

/** Who may talk to whom around Kong: the world to the proxies, the controller alone to their Admin API. */
export function networkPolicies(args: KongArgs, meta: (name: string) => Metadata): ObjectOf<"NetworkPolicy">[] {
  const { namespace, surroundings, limitStore } = args;
  const scrape = (port: string): Connection[] =>
    surroundings.scraper === undefined ? [] : [{ peer: surroundings.scraper, ports: [port] }];
  const solver: Connection = {
    peer: { kind: "pods", namespace, labels: solverLabels },
    ports: [solverPort],
  };
  return [
    networkPolicy(
      meta(kongName),
      { app: kongName },
      {
        ingress: [
          { peer: anyone, ports: ["proxy", "proxy-tls"] },
          { peer: { kind: "app", app: controllerName }, ports: ["admin-tls"] },
          ...scrape("status"),
        ],
        egress: [
          ...backends(args),
          limitStore.connection,
          ...oldGatewayConnections(args),
          ...(surroundings.tracing === undefined ? [] : [surroundings.tracing.connection]),
          solver,
        ],
      },
    ),
    networkPolicy(
      meta(controllerName),
      { app: controllerName },
      {
        // The API server asks the webhook; its address, seen from here, depends on the provider.
        ingress: [{ peer: anyone, ports: ["webhook"] }, ...scrape("metrics")],
        egress: [surroundings.kubeApi, { peer: { kind: "app", app: kongName }, ports: [proxyPorts["admin-tls"]] }],
      },
    ),
    networkPolicy(meta("acme-solver"), solverLabels, {
      ingress: [{ peer: { kind: "app", app: kongName }, ports: [solverPort] }],
      egress: [],
    }),
  ];
}

/** Each target once, with the ports that routes use. */
function backends({ routes, grpcRoutes }: KongArgs): Connection[] {
  const used = [
    ...routes.map(({ route, target }) => ({ target, port: target.ports[route.port] })),
    ...grpcRoutes.map(({ target }) => ({ target, port: target.ports.grpc })),
  ];
  return [...Map.groupBy(used, ({ target }) => target.name)].map(([app, its]) => ({
    peer: { kind: "app", app },
    ports: [...new Set(its.flatMap(({ port }) => port ?? []))].sort((a, b) => a - b),
  }));
}
