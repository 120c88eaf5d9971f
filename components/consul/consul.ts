import type { Endpoint, SecretKey } from "../../kubernetes/handles.ts";
import { labels } from "../../kubernetes/labels.ts";
import type { Component } from "../../kubernetes/manifest.ts";
import type { Connection, Peer } from "../../kubernetes/network.ts";
import type { Rotations } from "../../kubernetes/secrets.ts";
import { activeSlot, setting } from "../../kubernetes/secrets.ts";
import { secretManifest } from "../../kubernetes/secret-manifest.ts";
import type { External } from "../systems.ts";
import { accessPlan } from "./access.ts";
import { catalogue, catalogueNode } from "./catalogue.ts";
import { certificates } from "./certificates.ts";
import { configuration } from "./configuration.ts";
import type { ManagedConsul } from "./data.ts";
import type { ServiceDocuments } from "./documents.ts";
import { exporter } from "./exporter.ts";
import { components, consulApp, ports, tokensSecret } from "./names.ts";
import { serverSecrets, servers } from "./servers.ts";
import { snapshots } from "./snapshots.ts";
import type { Token } from "./tokens.ts";
import { roles, tokenOf } from "./tokens.ts";

/** What services hold of Consul. */
export interface Configuration {
  readonly components: readonly Component[];
  readonly endpoint: Endpoint;
  /** ACL token of one service, which can read its own prefix only. */
  readonly token: (service: string) => SecretKey;
  readonly connection: Connection;
  /** Whether a catalogue sync registers the services that ask for it. */
  readonly registers: boolean;
  /** For whoever scrapes the servers: `/v1/agent/metrics?format=prometheus` on port 8501, with this token. */
  readonly metricsToken?: SecretKey;
}

export interface ExternalConsulArgs {
  readonly namespace: string;
  readonly server: External;
  /** Services that read their configuration from Consul. */
  readonly services: readonly string[];
  readonly rotations: Rotations;
}

/** A Consul of somebody else, as services see it: where it listens, and a Secret with a token per service. */
export function externalConsul({ namespace, server, services, rotations }: ExternalConsulArgs): Configuration {
  const token = (service: string): SecretKey => {
    const rotation = rotations(`consul-${service}`);
    const { slot } = activeSlot(rotation);
    return {
      component: components.servers,
      secret: tokensSecret,
      key: service,
      value: setting(`consul.${service}.${slot}`, { rotation }),
    };
  };
  return {
    components: [
      {
        type: "suoke:configuration:Consul",
        name: components.servers,
        dependsOn: [],
        manifests: [
          secretManifest({
            name: tokensSecret,
            namespace,
            labels: labels({ app: consulApp, component: "configuration", team: "platform" }),
            values: Object.fromEntries(services.map((service) => [service, token(service).value])),
          }),
        ],
      },
    ],
    endpoint: { host: server.host, port: server.port },
    token,
    connection: { peer: { kind: "addresses", cidrs: server.cidrs }, ports: [server.port] },
    registers: false,
  };
}

export interface ManagedConsulArgs {
  readonly namespace: string;
  readonly data: ManagedConsul;
  /** What each service that reads its configuration from Consul finds there. */
  readonly documents: readonly ServiceDocuments[];
  /** Services that are registered. */
  readonly registered: readonly string[];
  readonly rotations: Rotations;
  readonly toolsImage: string;
  readonly pullSecret: SecretKey;
  /** The Kubernetes API server. */
  readonly kubeApi: Connection;
  readonly scraper: Peer | undefined;
  readonly zoneSpread: "preferred" | "required";
}

/** Consul of our own: certificates, servers, access control and configuration as code, registration, metrics, snapshots. */
export function managedConsul(args: ManagedConsulArgs): Configuration {
  const { namespace, data, documents, rotations, toolsImage, pullSecret, kubeApi, scraper, zoneSpread } = args;
  const services = documents.map(({ service }) => service);
  const token = (name: string): Token => tokenOf(name, rotations);
  const tokens = [...Object.values(roles), ...services].map(token);
  const access = accessPlan({ tokens, documents, registered: args.registered, node: catalogueNode(namespace) });
  const secrets = serverSecrets(rotations);
  const { component, setup } = configuration({
    namespace,
    toolsImage,
    pullSecret,
    access,
    tokens,
    seed: token(roles.seed),
    documents,
    secrets: { ...secrets },
  });
  return {
    components: [
      certificates({ namespace, toolsImage, pullSecret, kubeApi }),
      servers({ namespace, data, agent: token(roles.agent), rotations, services, scraper, zoneSpread }),
      component,
      catalogue({ namespace, token: token(roles.catalogue), kubeApi, scraper }),
      exporter({ namespace, token: token(roles.exporter), scraper }),
      snapshots({
        namespace,
        data: data.snapshots,
        token: token(roles.snapshots),
        management: secrets.management,
        pullSecret,
        setup,
      }),
    ],
    endpoint: { host: consulApp, port: ports.http },
    token: (service) => token(service).active,
    connection: { peer: { kind: "app", app: consulApp }, ports: [ports.http] },
    registers: true,
    metricsToken: token(roles.metrics).active,
  };
}
