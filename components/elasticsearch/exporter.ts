import { sizes } from "../../catalogue/sizes.ts";
import type { Component, Metadata } from "../../kubernetes/manifest.ts";
import type { Peer } from "../../kubernetes/network.ts";
import { oneIsEnough, pinnedImages, secretVariables, withoutDigest } from "../exemptions.ts";
import { images } from "../images.ts";
import { exporterObjects } from "../monitoring/exporter.ts";
import { authorityPath, elasticsearchConnection, elasticsearchName, operatorMade } from "./names.ts";
import type { Login } from "./users.ts";

export const exporterName = "elasticsearch-exporter";
const port = 9114;

export interface ElasticsearchExporterArgs {
  readonly url: string;
  readonly login: Login;
  readonly scraper: Peer;
}

/** Says how full the disks of all nodes are, and whether data is missing: Elasticsearch itself speaks no Prometheus. */
export function elasticsearchExporter(
  { url, login, scraper }: ElasticsearchExporterArgs,
  meta: (name: string) => Metadata,
): Component {
  return {
    type: "suoke:data:ElasticsearchExporter",
    name: exporterName,
    dependsOn: [elasticsearchName],
    exemptions: [
      pinnedImages,
      withoutDigest,
      oneIsEnough,
      secretVariables(
        "The exporter takes its password from a variable; on its command line every process would see it.",
      ),
    ],
    manifests: exporterObjects(
      {
        name: exporterName,
        image: images.elasticsearchExporter,
        args: [
          `--es.uri=${url}`,
          `--es.ca=${authorityPath}/ca.crt`,
          // Every node's disk, whichever answers.
          "--es.all",
          "--es.timeout=8s",
          `--web.listen-address=:${port}`,
          "--log.format=json",
        ],
        port,
        healthPath: "/healthz",
        env: { ES_USERNAME: login.username, ES_PASSWORD: login.password },
        volumes: [
          { name: "authority", path: authorityPath, secret: { secretName: operatorMade(elasticsearchName).authority } },
        ],
        resources: sizes.lean,
        ingress: [{ peer: scraper, ports: ["metrics"] }],
        egress: [elasticsearchConnection],
        annotated: true,
      },
      meta,
    ).map((object) => ({ object })),
  };
}
