import type { Endpoint, SecretKey } from "../../kubernetes/handles.ts";
import { labels } from "../../kubernetes/labels.ts";
import type { Component } from "../../kubernetes/manifest.ts";
import type { Connection } from "../../kubernetes/network.ts";
import type { Rotations } from "../../kubernetes/secrets.ts";
import { activeSlot, setting } from "../../kubernetes/secrets.ts";
import { secretManifest } from "../../kubernetes/secret-manifest.ts";
import type { External, Off } from "../systems.ts";

export type ConsulData = Off | External;

export interface ConsulArgs {
  readonly namespace: string;
  readonly server: External;
  /** Services that read their configuration from Consul. */
  readonly services: readonly string[];
  readonly rotations: Rotations;
}

/** What services hold of Consul. */
export interface Configuration {
  readonly component: Component;
  readonly endpoint: Endpoint;
  /** ACL token of one service, which can read its own prefix only. */
  readonly token: (service: string) => SecretKey;
  readonly connection: Connection;
}

const component = "consul";
const secret = "consul-tokens";

/** Consul as services see it: where it listens, and a Secret with a token per service. Token slots take turns. */
export function consul({ namespace, server, services, rotations }: ConsulArgs): Configuration {
  const token = (service: string): SecretKey => {
    const rotation = rotations(`consul-${service}`);
    const { slot } = activeSlot(rotation);
    return {
      component,
      secret,
      key: service,
      value: setting(`consul.${service}.${slot}`, { rotation }),
    };
  };
  return {
    component: {
      type: "suoke:configuration:Consul",
      name: component,
      dependsOn: [],
      manifests: [
        secretManifest({
          name: secret,
          namespace,
          labels: labels({ app: component, component: "configuration", team: "platform" }),
          values: Object.fromEntries(services.map((service) => [service, token(service).value])),
        }),
      ],
    },
    endpoint: { host: server.host, port: server.port },
    token,
    connection: { peer: { kind: "addresses", cidrs: server.cidrs }, ports: [server.port] },
  };
}
