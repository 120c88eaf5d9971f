import type { Service } from "../../catalogue/service.ts";
import type { Exemption, Metadata, ObjectOf } from "../../kubernetes/manifest.ts";
import type { Connection } from "../../kubernetes/network.ts";
import type { KongArgs } from "./data.ts";
import { serviceAnnotations } from "./upstreams.ts";

/** The gateway that was there before, as routes of a target name it. */
export function oldGatewayName({ name }: Pick<Service<string>, "name">): string {
  return `old-gateway-for-${name}`;
}

/** Targets that share requests with it. */
export function sharedTargets({ routes, oldGateway }: KongArgs): ReadonlyMap<string, Service<string>> {
  if (oldGateway === undefined) return new Map();
  return new Map(routes.filter(({ oldShare }) => oldShare > 0).map(({ target }) => [target.name, target]));
}

/**
 * A Service for each target: what shares a rule must say the same to Kong (its policy, its time-outs), or Kong would follow
 * neither. The host is resolved by the proxies.
 * https://docs.konghq.com/kubernetes-ingress-controller/3.5.x/guides/services/external/
 */
export function oldGatewayServices(args: KongArgs, meta: (name: string) => Metadata): ObjectOf<"Service">[] {
  const { oldGateway } = args;
  if (oldGateway === undefined) return [];
  const { host, port } = oldGateway;
  return [...sharedTargets(args).values()].map((target) => ({
    apiVersion: "v1",
    kind: "Service",
    metadata: { ...meta(oldGatewayName(target)), annotations: serviceAnnotations(target, "http") },
    spec: {
      type: "ExternalName",
      externalName: host,
      ports: [{ name: "http", port, targetPort: port, protocol: "TCP", appProtocol: "http" }],
    },
  }));
}

/** What a name for something outside cannot keep. */
export function oldGatewayExemptions(shared: ReadonlyMap<string, Service<string>>): Exemption[] {
  return [
    {
      rule: "services/internal",
      objects: [...shared.values()].map((target) => `Service ${oldGatewayName(target)}`),
      problems: ["is of type ExternalName."],
      reason:
        "The gateway that was there before runs outside; only Kong's routes name it, until all of them have moved.",
      until: "2027-11-30",
    },
  ];
}

/** Where the proxies may connect to for it. */
export function oldGatewayConnections(args: KongArgs): Connection[] {
  const { oldGateway } = args;
  return oldGateway === undefined || sharedTargets(args).size === 0
    ? []
    : [{ peer: { kind: "addresses", cidrs: oldGateway.cidrs }, ports: [oldGateway.port] }];
}
