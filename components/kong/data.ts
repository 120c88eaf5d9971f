import type { GrpcRoute, Route, Service } from "../../catalogue/service.ts";
import type { Endpoint } from "../../kubernetes/handles.ts";
import type { Connection, Peer } from "../../kubernetes/network.ts";
import type { SecretExpression } from "../../kubernetes/secrets.ts";
import type { Scaling } from "../microservice/args.ts";

/** The public entry, run by us, as `stacks/<env>.ts` declares it. */
export interface ManagedEdge {
  readonly kind: "managed";
  readonly proxies: Scaling;
  /** One leads, the others wait for it to fail. */
  readonly controllers: number;
  readonly limits: Limits;
  readonly loadBalancer: LoadBalancer;
  /** Websites whose pages may call the API. */
  readonly origins: readonly string[];
  readonly certificates: {
    /** `staging` issues what no browser trusts, without the limits of `production`. */
    readonly authority: "staging" | "production";
    /** Who hears of a certificate that expires. */
    readonly email: string;
  };
}

/** Requests of one user, or of one address on routes without a user, per minute and per hour. */
export interface Limits {
  readonly minute: number;
  readonly hour: number;
}

export interface LoadBalancer {
  /** What the provider's load balancer reads. */
  readonly annotations: Readonly<Record<string, string>>;
  /** How the proxies learn a client's address: without it, all clients would share one limit. */
  readonly clients:
    /** Packets keep it. */
    | { readonly kind: "preserved" }
    /** A load balancer that speaks the PROXY protocol, from these addresses. */
    | { readonly kind: "proxyProtocol"; readonly cidrs: readonly string[] }
    /** A proxy that writes X-Forwarded-For, at these addresses. */
    | { readonly kind: "header"; readonly cidrs: readonly string[] };
}

/** Who issues the tokens of users: what it calls itself in `iss`, and its public key (RSA, PEM). */
export interface TokenIssuer {
  readonly issuer: string;
  readonly publicKey: string;
}

/** The Redis that counts requests for all proxies together. */
export interface LimitStore {
  readonly endpoint: Endpoint;
  readonly username: string;
  readonly password: SecretExpression;
  readonly connection: Connection;
}

/** A public route with the service that it leads to: the one that owns it, or the gateway that it passes through. */
export interface EdgeRoute {
  readonly route: Route;
  readonly target: Service<string>;
  /** Share of its requests that still go to the gateway that was there before, in percent. */
  readonly oldShare: number;
}

/** The gateway that was there before, which runs outside the cluster. */
export interface OldGateway extends Endpoint {
  /** Addresses behind the host name: NetworkPolicies know no names. */
  readonly cidrs: readonly string[];
}

export interface EdgeGrpcRoute {
  readonly route: GrpcRoute;
  readonly target: Service<string>;
}

/** Where the entry tells of each request, as the first span of its trace. */
export interface EdgeTracing {
  /** OTLP over HTTP: Kong speaks nothing else. */
  readonly endpoint: Endpoint;
  readonly connection: Connection;
  /** Share of requests whose trace is recorded, 0–1; services follow. */
  readonly sampleRatio: number;
}

/** What the edge finds around it. */
export interface EdgeSurroundings {
  readonly zoneSpread: "preferred" | "required";
  readonly kubeApi: Connection;
  readonly scraper?: Peer;
  readonly tracing?: EdgeTracing;
}

export interface KongArgs {
  readonly namespace: string;
  readonly data: ManagedEdge;
  /** Name of the environment's GatewayClass, which `cluster/` owns; also the controller's ingress class. */
  readonly gatewayClass: string;
  /** Public host. */
  readonly host: string;
  readonly routes: readonly EdgeRoute[];
  readonly grpcRoutes: readonly EdgeGrpcRoute[];
  /** Targets with a canary, and its share of the requests in percent. */
  readonly canaries: ReadonlyMap<string, number>;
  /** Present while routes move from it. */
  readonly oldGateway?: OldGateway;
  readonly issuers: readonly TokenIssuer[];
  readonly limitStore: LimitStore;
  readonly surroundings: EdgeSurroundings;
}
