import type { Component } from "../../kubernetes/manifest.ts";
import { charts } from "../charts.ts";

/**
 * The version that Kong's controller is built against (its go.mod); newer ones no longer serve a kind that it asks for.
 * renovate: datasource=github-releases depName=kubernetes-sigs/gateway-api
 */
export const gatewayApiVersion = "v1.3.0";

/** Definitions of the Gateway API, and of Kong's own kinds. They stay when this stack is destroyed, and routes with them. */
export function gatewayApi(): Component {
  return {
    type: "suoke:cluster:GatewayApi",
    name: "gateway-api",
    dependsOn: ["namespace-kong-definitions"],
    manifests: [],
    files: [
      {
        name: "gateway-api-crds",
        url: `https://github.com/kubernetes-sigs/gateway-api/releases/download/${gatewayApiVersion}/standard-install.yaml`,
      },
    ],
    releases: [
      {
        ...charts.kong,
        name: "kong-definitions",
        namespace: kongDefinitionsNamespace,
        // Of the chart, the definitions alone: Helm never removes what it installs from a chart's crds/.
        values: { deployment: { kong: { enabled: false } }, ingressController: { enabled: false } },
      },
    ],
  };
}

/** Where Helm keeps its record of the release; nothing runs there. */
export const kongDefinitionsNamespace = "kong-definitions";
