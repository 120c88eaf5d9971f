import type { Service } from "../../catalogue/service.ts";
import { labels } from "../../kubernetes/labels.ts";
import type { Component, Exemption, Metadata } from "../../kubernetes/manifest.ts";
import { pinnedImages, withoutDigest } from "../exemptions.ts";
import type { Peer } from "../../kubernetes/network.ts";
import { certificates } from "./certificates.ts";
import { consumers } from "./consumers.ts";
import { controllerObjects } from "./controller.ts";
import type { KongArgs } from "./data.ts";
import { kongName, publicCertificate } from "./names.ts";
import { networkPolicies } from "./network.ts";
import { oldGatewayExemptions, oldGatewayServices, sharedTargets } from "./old-gateway.ts";
import { plugins } from "./plugins.ts";
import { proxyObjects } from "./proxy.ts";
import { gateway, grpcRoutes, httpRoutes } from "./routes.ts";
import { serviceAnnotations, upstreamPolicy } from "./upstreams.ts";

const until = "2027-11-30";
/** What the one entry from outside cannot keep. */
const exemptions: readonly Exemption[] = [
  pinnedImages,
  withoutDigest,
  ...Object.entries({
    "containers/non-root": "kong: runs as user 1000.",
    "pods/group": "has runAsGroup 1000, fsGroup 1000.",
  }).map(([rule, problem]) => ({
    rule,
    objects: ["Deployment kong"],
    problems: [problem],
    reason: "Kong's image gives its files to user and group 1000; an account of a node has no rights in the pod.",
    until,
  })),
  {
    rule: "pods/token",
    objects: ["Deployment kong-controller"],
    reason: "It watches routes, plugins and endpoints; cluster/ binds its account to that.",
    until,
  },
  ...Object.entries({
    "network/open-peer": "allows traffic from every address.",
    "network/internet": "allows traffic from the whole internet.",
  }).map(([rule, problem]) => ({
    rule,
    objects: ["NetworkPolicy kong", "NetworkPolicy kong-controller"],
    problems: [problem],
    reason:
      "Clients come from anywhere, and the API server calls the webhook from an address that depends on the provider.",
    until,
  })),
  {
    rule: "network/dangling",
    problems: ["is for acme.cert-manager.io/http01-solver=true, and no pod of the render has that."],
    objects: ["NetworkPolicy acme-solver"],
    reason: "cert-manager makes these pods while it renews a certificate.",
    until,
  },
  {
    rule: "services/internal",
    objects: ["Service kong"],
    problems: ["is of type LoadBalancer."],
    reason: "It is the one entry.",
    until,
  },
];

/** What the rest of the platform holds of the public entry. */
export interface Edge {
  readonly components: readonly Component[];
  /** The proxies, as services let them in. */
  readonly peer: Peer;
  /** What a service's Services say to Kong; nothing for those that it does not reach. */
  readonly annotations: (service: string, port: "http" | "grpc") => Readonly<Record<string, string>>;
}

/** The public entry: certificates, then the proxies with their controller, then what they route. */
export function kong(args: KongArgs): Edge {
  const meta = (name: string): Metadata => ({
    name,
    namespace: args.namespace,
    labels: labels({ app: kongName, component: "platform", team: "edge" }),
  });
  const controllerMeta = (name: string): Metadata => ({
    ...meta(name),
    labels: labels({ app: "kong-controller", component: "platform", team: "edge" }),
  });
  const reached = reachedServices(args);
  const shared = sharedTargets(args);
  const objects = (some: readonly Component["manifests"][number]["object"][]) => some.map((object) => ({ object }));
  return {
    components: [
      {
        type: "suoke:edge:Certificates",
        name: "kong-certificates",
        dependsOn: [],
        manifests: objects(
          certificates({ namespace: args.namespace, host: args.host, certificates: args.data.certificates }, meta),
        ),
      },
      {
        type: "suoke:edge:Kong",
        exemptions,
        name: kongName,
        dependsOn: ["kong-certificates"],
        manifests: objects([
          ...networkPolicies(args, meta),
          ...proxyObjects(args, meta),
          ...controllerObjects(args, controllerMeta),
        ]),
      },
      {
        type: "suoke:edge:Routes",
        ...(shared.size === 0 ? {} : { exemptions: oldGatewayExemptions(shared) }),
        name: "kong-routes",
        // The controller's webhook checks what follows; and a canary's pods are there before its requests.
        dependsOn: [kongName, ...[...args.canaries.keys()].sort()],
        manifests: [
          ...consumers(args, meta),
          ...objects([
            ...plugins(args, meta),
            ...[...reached].map(([, { service, port }]) =>
              upstreamPolicy(service, port, port === "http" && shared.has(service.name), meta),
            ),
            ...oldGatewayServices(args, meta),
            gateway(args, publicCertificate, meta(kongName)),
            ...httpRoutes(args, meta),
            ...grpcRoutes(args, meta),
          ]),
        ],
      },
    ],
    peer: { kind: "app", app: kongName },
    annotations: (name, port) => {
      const found = reached.get(`${name} ${port}`);
      return found === undefined ? {} : serviceAnnotations(found.service, port);
    },
  };
}

interface Reached {
  readonly service: Service<string>;
  readonly port: "http" | "grpc";
}

/** The services that Kong itself reaches, by name and port. */
function reachedServices({ routes, grpcRoutes: grpc }: KongArgs): ReadonlyMap<string, Reached> {
  const all: Reached[] = [
    ...routes.map(({ target }) => ({ service: target, port: "http" as const })),
    ...grpc.map(({ target }) => ({ service: target, port: "grpc" as const })),
  ];
  return new Map(all.map((each) => [`${each.service.name} ${each.port}`, each]));
}
