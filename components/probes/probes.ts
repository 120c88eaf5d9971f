import { sizes } from "../../catalogue/sizes.ts";
import { labels } from "../../kubernetes/labels.ts";
import type { Component, Exemption, Metadata } from "../../kubernetes/manifest.ts";
import { contentHash } from "../../kubernetes/names.ts";
import type { Peer } from "../../kubernetes/network.ts";
import { toYaml } from "../../kubernetes/render.ts";
import { oneIsEnough, pinnedImages, withoutDigest } from "../exemptions.ts";
import { images } from "../images.ts";
import { exporterObjects } from "../monitoring/exporter.ts";

export const probesName = "blackbox-exporter";
export const probesPort = 9115;

/** What a probe expects of an address. */
export type ProbeKind =
  /** 200 without a token. */
  | "open"
  /** 401 without a token: that something answers, and that it lets nobody in. */
  | "guarded"
  /** The headers of the limiter, which are missing when it cannot count. */
  | "limited";

export interface Probe {
  readonly kind: ProbeKind;
  readonly url: string;
}

const until = "2027-11-30";
const exemptions: readonly Exemption[] = [
  pinnedImages,
  withoutDigest,
  oneIsEnough,
  {
    rule: "network/internet",
    problems: ["allows traffic to the whole internet."],
    reason: "It takes the way of a client: to the public address of the load balancer, which no policy can name.",
    until,
  },
];

/** https://github.com/prometheus/blackbox_exporter/blob/v0.28.0/CONFIGURATION.md */
export function probeModules(): object {
  const http = (expected: object) => ({
    prober: "http",
    timeout: "5s",
    http: { method: "GET", fail_if_not_ssl: true, follow_redirects: false, preferred_ip_protocol: "ip4", ...expected },
  });
  return {
    modules: {
      open: http({ valid_status_codes: [200] }),
      guarded: http({ valid_status_codes: [401] }),
      limited: http({
        valid_status_codes: [200, 429],
        fail_if_header_not_matches: [{ header: "X-RateLimit-Limit-Minute", regexp: "^[0-9]+$" }],
      }),
    } satisfies Record<ProbeKind, object>,
  };
}

export interface ProbesArgs {
  readonly namespace: string;
  readonly scraper: Peer;
}

/** Asks the public addresses as a client would, from inside: what DNS, the load balancer, the certificate and Kong make of it. */
export function probes({ namespace, scraper }: ProbesArgs): Component {
  const meta = (name: string): Metadata => ({
    name,
    namespace,
    labels: labels({ app: probesName, component: "platform", team: "edge" }),
  });
  const data = { "blackbox.yml": toYaml(probeModules()) };
  const config = `${probesName}-${contentHash(data)}`;
  const objects = exporterObjects(
    {
      name: probesName,
      image: images.blackboxExporter,
      args: ["--config.file=/etc/blackbox/blackbox.yml", `--web.listen-address=:${probesPort}`, "--log.format=json"],
      port: probesPort,
      healthPath: "/-/healthy",
      env: {},
      volumes: [{ name: "config", path: "/etc/blackbox", configMap: { name: config } }],
      resources: sizes.lean,
      ingress: [{ peer: scraper, ports: ["metrics"] }],
      egress: [{ peer: { kind: "internet" }, ports: [443] }],
      annotated: false,
    },
    meta,
  );
  return {
    type: "suoke:edge:Probes",
    name: probesName,
    dependsOn: [],
    exemptions,
    manifests: [
      { object: { apiVersion: "v1", kind: "ConfigMap", metadata: meta(config), immutable: true, data } },
      ...objects.map((object) => ({ object })),
    ],
  };
}
