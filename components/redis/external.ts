import type { SecretKey } from "../../kubernetes/handles.ts";
import { labels } from "../../kubernetes/labels.ts";
import { secretManifest } from "../../kubernetes/secret-manifest.ts";
import type { Rotations } from "../../kubernetes/secrets.ts";
import { activeSlot, secretText, setting, urlEncode } from "../../kubernetes/secrets.ts";
import type { External } from "../systems.ts";
import type { Redis } from "./redis.ts";
import type { InstallationName } from "./sizing.ts";

export interface ExternalArgs {
  readonly name: InstallationName;
  readonly namespace: string;
  readonly server: External;
  readonly rotations: Rotations;
}

/**
 * A Redis that somebody else runs: a Secret with its URL, the same for all services. Users `suoke_a` and `suoke_b` take
 * turns.
 */
export function externalRedis({ name, namespace, server, rotations }: ExternalArgs): Redis {
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
    url: () => url,
    login: () => ({ username: `suoke_${slot}`, password }),
    endpoint: { host: server.host, port: server.port },
    connection: { peer: { kind: "addresses", cidrs: server.cidrs }, ports: [server.port] },
    targets: [],
  };
}
