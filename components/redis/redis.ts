import type { Endpoint, SecretKey } from "../../kubernetes/handles.ts";
import { labels } from "../../kubernetes/labels.ts";
import type { Component } from "../../kubernetes/manifest.ts";
import type { Connection } from "../../kubernetes/network.ts";
import type { Rotations, SecretExpression } from "../../kubernetes/secrets.ts";
import { activeSlot, secretText, setting, urlEncode } from "../../kubernetes/secrets.ts";
import { secretManifest } from "../../kubernetes/secret-manifest.ts";
import type { External, Off } from "../systems.ts";

export type RedisData = Off | External;

export interface RedisArgs {
  /** `redis-cache` may lose data, `redis-durable` must not: one server cannot be both (docs/adr/0006). */
  readonly name: "redis-cache" | "redis-durable";
  readonly namespace: string;
  readonly server: External;
  readonly rotations: Rotations;
}

/** What services hold of a Redis installation. */
export interface Redis {
  readonly component: Component;
  readonly url: SecretKey;
  readonly endpoint: Endpoint;
  /** For those who write the URL's parts elsewhere. */
  readonly login: (client: string) => { readonly username: string; readonly password: SecretExpression };
  readonly connection: Connection;
}

/** A Redis installation as services see it: a Secret with its URL. Users `suoke_a` and `suoke_b` take turns. */
export function redis({ name, namespace, server, rotations }: RedisArgs): Redis {
  const rotation = rotations(name);
  const { slot } = activeSlot(rotation);
  const password = setting(`${name}.${slot}`, { rotation });
  const url: SecretKey = {
    component: name,
    secret: `${name}-secret`,
    key: "url",
    value: secretText`redis://suoke_${slot}:${urlEncode(password)}@${server.host}:${server.port}/0`,
  };
  return {
    component: {
      type: "suoke:data:Redis",
      name,
      dependsOn: [],
      manifests: [
        secretManifest({
          name: url.secret,
          namespace,
          labels: labels({ app: name, component: "data", team: "platform" }),
          values: { [url.key]: url.value },
        }),
      ],
    },
    url,
    endpoint: { host: server.host, port: server.port },
    login: () => ({ username: `suoke_${slot}`, password }),
    connection: { peer: { kind: "addresses", cidrs: server.cidrs }, ports: [server.port] },
  };
}
