import type { Component, Exemption, KubernetesObject, Manifest } from "../../kubernetes/manifest.ts";
import { pinnedImages, secretVariables, withoutDigest } from "../exemptions.ts";
import type { Target } from "./exporter.ts";
import type { Installation, Layout } from "./layout.ts";
import { layoutOf, metadataOf, redisPort, sentinelPort } from "./layout.ts";
import { networkPolicies } from "./network.ts";
import { frontService, proxies } from "./proxy.ts";
import { retention } from "./retention.ts";
import { internalPassword, secretManifests, serviceLogin, serviceUrl } from "./secrets.ts";
import { sentinels } from "./sentinels.ts";
import { servers } from "./servers.ts";
import type { Redis } from "./redis.ts";

/** A Redis of ours: servers, Sentinels that watch them, and proxies that lead clients to the primary. */
export function managedRedis(installation: Installation): Redis {
  const { name } = installation;
  const layout = layoutOf(installation);
  return {
    component: component(installation, layout),
    url: (service) => serviceUrl(installation, service),
    login: (service) => serviceLogin(installation, service),
    endpoint: { host: name, port: redisPort },
    connection: { peer: { kind: "app", app: layout.frontApp }, ports: [redisPort] },
    targets: targets(installation, layout),
  };
}

function component(installation: Installation, layout: Layout): Component {
  const { name, durable } = installation;
  const objects: KubernetesObject[] = [
    {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: metadataOf(installation, name),
      automountServiceAccountToken: false,
    },
    ...networkPolicies(installation, layout),
    frontService(installation, layout),
    ...(layout.sentinels.length === 0 ? [] : sentinels(installation, layout)),
    ...proxies(installation, layout),
    ...(durable === undefined ? [] : retention(installation, durable, layout)),
  ];
  const manifests: Manifest[] = [
    ...secretManifests(installation, layout),
    ...objects.map((object) => ({ object })),
    ...servers(installation, layout),
  ];
  return { type: "suoke:data:Redis", name, dependsOn: [], manifests, exemptions: exemptionsOf(installation, layout) };
}

function exemptionsOf({ name, durable }: Installation, { sentinels: all }: Layout): Exemption[] {
  return [
    pinnedImages,
    withoutDigest,
    secretVariables(
      "redis-cli and HAProxy take passwords from variables; on a command line every process would see them.",
    ),
    {
      rule: "probes/both",
      problems: ["keeper: has no readinessProbe and no livenessProbe."],
      objects: [`StatefulSet ${name}`],
      reason: "The container that keeps the ACL current serves nobody: it ends when it fails, and is started again.",
      until: "2027-11-30",
    },
    ...(durable === undefined || durable.protect
      ? []
      : [
          {
            rule: "data/protected",
            objects: [`StatefulSet ${name}`],
            reason: "The data of this environment says that its sagas may go with it.",
            until: "2027-11-30",
          },
        ]),
    ...(all.length === 0
      ? []
      : [
          {
            rule: "data/protected",
            objects: [`StatefulSet ${name}-sentinel`],
            reason: "A Sentinel that has lost its volume asks its peers, and learns from them who the primary is.",
            until: "2027-11-30",
          },
        ]),
  ];
}

/** Every server and Sentinel by the Service that leads to it alone. */
function targets(installation: Installation, { servers, sentinels, serverApp, sentinelApp }: Layout): Target[] {
  const { name } = installation;
  const password = internalPassword(installation, "exporter").value;
  const target = (host: string, port: number, app: string): Target => ({ component: name, host, port, app, password });
  // A single server has no Service beside the one that clients use.
  if (sentinels.length === 0) return [target(name, redisPort, serverApp)];
  return [
    ...servers.map((server) => target(server, redisPort, serverApp)),
    ...sentinels.map((sentinel) => target(sentinel, sentinelPort, sentinelApp)),
  ];
}
