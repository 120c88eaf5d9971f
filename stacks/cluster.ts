import * as z from "zod";
import { cloudNativePg, operatorNamespace } from "../components/cloudnative-pg/cloudnative-pg.ts";
import { eck, eckNamespace } from "../components/eck/eck.ts";
import { consulRights } from "../components/consul/rights.ts";
import { delivery } from "../components/delivery/delivery.ts";
import { certManager, certManagerNamespace } from "../components/cert-manager/cert-manager.ts";
import { gatewayApi, kongDefinitionsNamespace } from "../components/gateway-api/gateway-api.ts";
import { kongClass } from "../components/kong/cluster.ts";
import { namespace } from "../components/namespace/namespace.ts";
import { drillRights } from "../components/postgres/rights.ts";
import { priorities } from "../components/priorities/priorities.ts";
import { kubeState, kubeStateRights } from "../components/kube-state/kube-state.ts";
import { agentsNamespace } from "../components/node-logs/names.ts";
import { nodeMetrics } from "../components/node-metrics/node-metrics.ts";
import { nodeLogs } from "../components/node-logs/node-logs.ts";
import { prometheusName } from "../components/prometheus/names.ts";
import { prometheusRights, sharedRights } from "../components/prometheus/rights.ts";
import { agentRights } from "../components/telemetry/rights.ts";
import type { Component } from "../kubernetes/manifest.ts";
import { waves } from "../kubernetes/order.ts";
import { refuse } from "../policies/finding.ts";
import type { Hardened } from "../policies/hardening/hardening.ts";
import { harden } from "../policies/hardening/hardening.ts";
import type { Promises } from "../policies/hardening/rule.ts";
import { uniquenessFindings } from "../policies/scope.ts";
import type { RawConfig } from "./decode.ts";
import { decode } from "./decode.ts";
import { kubeApi } from "./connections.ts";
import { gatewayClassOf } from "./edge.ts";
import { environmentNames } from "./environment.ts";
import { environments } from "./load.ts";
import { cidr } from "./cidr.ts";
import { apiServerSchema } from "./settings.ts";
import type { Finding } from "../policies/finding.ts";

/** Name of the Pulumi project of `cluster/`, and so the namespace of its settings. */
export const clusterProject = "suoke-life-cluster";

/** The `suoke-life-cluster:` keys of `cluster/Pulumi.<cluster>.yaml`. */
export const clusterSettingsSchema = z.strictObject({
  context: z.string().min(1).describe("Context of the kubeconfig; never the current one by chance"),
  apiServer: apiServerSchema,
  nodes: z.array(cidr).min(1).describe("Addresses of the nodes: for the NetworkPolicy of what asks their kubelets"),
  operators: z
    .enum(["managed", "preinstalled"])
    .describe("Whether this stack installs the operators, or the cluster has them already"),
  admission: z
    .enum(["webhooks", "none"])
    .describe("Whether the API server can reach the webhooks of controllers; it cannot where pods are simulated"),
  environments: z.array(z.enum(environmentNames)).min(1).describe("The environments that this cluster carries"),
});

export type ClusterSettings = Readonly<z.output<typeof clusterSettingsSchema>>;

/** Namespace of the pipelines' identities, one per cluster. */
export const deliveryNamespace = "suoke-ci";

/** For a namespace that holds identities: whoever gets hold of one starts nothing beside it. */
const noPods = { "requests.cpu": "0", "requests.memory": "0", "limits.cpu": "0", "limits.memory": "0", pods: "0" };

/** @throws {Findings} with every error in the settings */
export function clusterSettings(cluster: string, raw: RawConfig, findings: readonly Finding[] = []): ClusterSettings {
  return decode({
    schema: clusterSettingsSchema,
    raw,
    project: clusterProject,
    file: `cluster/Pulumi.${cluster}.yaml`,
    findings,
  });
}

/** Everything that the environments of a cluster share, and all that is cluster-scoped. Pure, in dependency order. */
export function cluster(settings: ClusterSettings): readonly Component[] {
  const { components, findings } = judgeCluster(settings);
  refuse(findings);
  return components;
}

/** What every cluster promises beyond what its environments do. */
export const clusterPromises: Promises = { digests: true, redundant: true };

/** The same with what is wrong beside it, for reports. Nothing of it may be applied while there are findings. */
export function judgeCluster(settings: ClusterSettings): Hardened {
  const hosted = settings.environments.map((name) => environments[name]);
  const watched = hosted.filter(({ systems }) => systems.metrics.kind === "managed").map((its) => its.namespace);
  const components = waves([
    priorities(),
    ...hosted.map(({ namespace: name, quota }) => namespace({ name, quota })),
    namespace({ name: deliveryNamespace, quota: noPods }),
    ...(settings.operators === "managed"
      ? [
          namespace({ name: operatorNamespace, operator: true }),
          cloudNativePg(),
          namespace({ name: eckNamespace, operator: true }),
          eck(hosted.map(({ namespace: name }) => name)),
          namespace({ name: kongDefinitionsNamespace, quota: noPods }),
          gatewayApi(),
          namespace({ name: certManagerNamespace, operator: true }),
          certManager(),
        ]
      : []),
    ...hosted
      .filter(({ systems }) => systems.edge.kind === "managed")
      .map((environment) =>
        kongClass({
          namespace: environment.namespace,
          gatewayClass: gatewayClassOf(environment),
          admission: settings.admission === "webhooks",
          definitions: settings.operators === "managed" ? ["gateway-api"] : [],
        }),
      ),
    ...hosted.map(({ namespace: name }) => agentRights(name)),
    namespace({ name: agentsNamespace, readsNodes: true }),
    nodeLogs(
      hosted
        .filter(({ systems }) => systems.tracing.kind === "managed" && systems.elasticsearch.kind === "managed")
        .map(({ name, namespace: from }) => ({ environment: name, namespace: from })),
      watched.map((from) => ({ kind: "pods", namespace: from, labels: { app: prometheusName } })),
    ),
    ...(watched.length === 0
      ? []
      : [
          ...watched.map(kubeStateRights),
          kubeState({ namespaces: watched, kubeApi: kubeApi({ cluster: settings }) }),
          nodeMetrics({ namespaces: watched, kubeApi: kubeApi({ cluster: settings }), nodes: settings.nodes }),
          sharedRights(watched),
        ]),
    delivery({ namespace: deliveryNamespace, environments: hosted }),
    ...hosted.flatMap(({ namespace: name, systems }) => [
      ...(systems.consul.kind === "managed" ? [consulRights(name)] : []),
      ...(systems.metrics.kind === "managed" ? [prometheusRights(name)] : []),
      ...(systems.postgres.kind === "managed" && systems.postgres.backups.kind !== "none" ? [drillRights(name)] : []),
    ]),
  ]).flat();
  const hardened = harden(components, clusterPromises);
  return { ...hardened, findings: [...uniquenessFindings(components), ...hardened.findings] };
}
