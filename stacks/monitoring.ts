import type { Service } from "../catalogue/service.ts";
import { alertmanager } from "../components/alertmanager/alertmanager.ts";
import { alertmanagerMonitoring } from "../components/alertmanager/monitoring.ts";
import { consulMonitoring } from "../components/consul/monitoring.ts";
import { elasticsearchMonitoring } from "../components/elasticsearch/monitoring.ts";
import { grafana, grafanaName } from "../components/grafana/grafana.ts";
import { overview } from "../components/grafana/overview.ts";
import { edgeMonitoring } from "../components/kong/monitoring.ts";
import { agentMonitoring } from "../components/microservice/agents.ts";
import { serviceMonitoring } from "../components/microservice/monitoring.ts";
import type { Monitoring } from "../components/monitoring/monitoring.ts";
import { alertsOf } from "../components/monitoring/monitoring.ts";
import type { Objective } from "../components/monitoring/objectives.ts";
import { postgresMonitoring } from "../components/postgres/monitoring.ts";
import { prometheusMonitoring } from "../components/prometheus/monitoring.ts";
import { prometheusName, secondPort } from "../components/prometheus/names.ts";
import { prometheus } from "../components/prometheus/prometheus.ts";
import { redisMonitoring } from "../components/redis/monitoring.ts";
import { telemetryMonitoring } from "../components/telemetry/monitoring.ts";
import type { Systems } from "../components/systems.ts";
import type { Component } from "../kubernetes/manifest.ts";
import { objectsOf } from "../kubernetes/manifest.ts";
import type { Connection, Peer } from "../kubernetes/network.ts";
import type { Rotations } from "../kubernetes/secrets.ts";
import { compare } from "../kubernetes/names.ts";
import { refuse } from "../policies/finding.ts";
import { kubeStateName, kubeStatePort } from "../components/kube-state/names.ts";
import { workloadMonitoring } from "../components/kube-state/monitoring.ts";
import { nodeMonitoring } from "../components/node-metrics/monitoring.ts";
import { nodeMetricsName, nodeMetricsPort } from "../components/node-metrics/names.ts";
import { agentsNamespace } from "../components/node-logs/names.ts";
import { probeMonitoring } from "../components/probes/monitoring.ts";
import type { Probe } from "../components/probes/probes.ts";
import { probes } from "../components/probes/probes.ts";
import { collectorPorts } from "../components/telemetry/collector.ts";
import { logsAgentName } from "../components/telemetry/names.ts";
import { edgeRoutes } from "./edge.ts";
import { monitoringFindings, notificationFindings, objectiveFindings } from "../policies/monitoring.ts";
import { podsOf } from "../policies/pods.ts";
import type { Environment } from "./environment.ts";
import { trackShares } from "./rollouts.ts";

/** What each running service promises here. No promise counts for more than the environment can keep. */
export function objectivesOf({ data }: Environment<string>, running: Iterable<Service<string>>): Objective[] {
  const { metrics } = data.systems;
  const most = metrics.kind === "managed" ? metrics.availabilityAtMost : 1;
  return [...running].map(({ name, team, runtime, slo }) => ({
    ...slo,
    service: name,
    team,
    runtime,
    availability: Math.min(slo.availability, most),
    // An error rate below what the availability allows would be the same promise, kept twice.
    errorRatio: slo.availability > most ? Math.max(slo.errorRatio, 1 - most) : slo.errorRatio,
  }));
}

/** How the systems of an environment are watched: to add one, write its `monitoring.ts` and name it here. */
export function monitoringOf(
  environment: Environment<string>,
  running: readonly Service<string>[],
  { redisMetrics }: Systems,
): Monitoring[] {
  const { systems } = environment.data;
  const postgres = systems.postgres.kind === "managed";
  return [
    serviceMonitoring(objectivesOf(environment, running), trackShares(environment)),
    ...(running.some(({ team }) => team === "agents") ? [agentMonitoring] : []),
    ...(postgres ? [postgresMonitoring(systems.postgres)] : []),
    ...(redisMetrics === undefined ? [] : [redisMonitoring(redisMetrics)]),
    ...(systems.consul.kind === "managed" ? [consulMonitoring] : []),
    ...(systems.edge.kind === "managed" ? [edgeMonitoring] : []),
    ...(systems.edge.kind === "managed" ? [probeMonitoring(probesOf(environment, running))] : []),
    workloadMonitoring,
    nodeMonitoring,
    ...(systems.tracing.kind === "managed" ? [telemetryMonitoring] : []),
    ...(systems.elasticsearch.kind === "managed" ? [elasticsearchMonitoring] : []),
    prometheusMonitoring,
    ...(systems.metrics.kind === "managed" ? [alertmanagerMonitoring(systems.metrics.alertmanager.replicas)] : []),
    { system: "overview", exposed: [], groups: [], dashboards: [overview({ postgres })] },
  ];
}

/**
 * Prometheus, Alertmanager and Grafana for everything else that an environment has.
 * @param components what there is to watch: every pod that asks to be scraped is
 * @throws {Findings} when a rule, dashboard, objective or route could never work
 */
export function buildMonitoring(
  environment: Environment<string>,
  running: readonly Service<string>[],
  handles: Systems,
  components: readonly Component[],
  rotations: Rotations,
): Component[] {
  const { data, settings } = environment;
  const { metrics } = data.systems;
  if (metrics.kind !== "managed") return [];
  const systems = monitoringOf(environment, running, handles);
  const { grafana: grafanaUrl, runbooks, access, ...notifications } = settings.monitoring;
  refuse([
    ...objectiveFindings(objectivesOf(environment, running)),
    ...monitoringFindings(systems),
    ...notificationFindings(notifications, { name: data.name, mustNotify: metrics.mustNotify }),
  ]);
  const { namespace, name } = data;
  const common = { namespace, environment: name, rotations, zoneSpread: data.zones.spread };
  const app = (peer: string): Peer => ({ kind: "app", app: peer });
  const { cidrs, port } = settings.cluster.apiServer;
  const alerting = alertmanager({
    ...common,
    size: metrics.alertmanager,
    notifications,
    alerts: alertsOf(systems),
    clients: [app(prometheusName), app(grafanaName)],
  });
  const shown = grafana({
    ...common,
    url: grafanaUrl,
    visitors: access.grafana,
    dashboards: systems.flatMap(({ dashboards }) => dashboards),
    ...(handles.elasticsearch === undefined ? {} : { logs: handles.elasticsearch }),
  });
  const outside = data.systems.edge.kind === "managed" ? [probes({ namespace, scraper: app(prometheusName) })] : [];
  return [
    ...outside,
    alerting,
    shown,
    prometheus({
      ...common,
      metrics,
      systems,
      links: { grafana: grafanaUrl, runbooks },
      kubeApi: { peer: { kind: "addresses", cidrs }, ports: [port] },
      targets: [...scrapeTargets([...components, alerting, shown, ...outside], systems), ...sharedTargets],
      readers: [app(grafanaName), ...access.prometheus],
    }),
  ];
}

/** What runs once for all environments of a cluster. */
const sharedTargets: readonly Connection[] = [
  { app: kubeStateName, port: kubeStatePort },
  { app: logsAgentName, port: collectorPorts.metrics },
  { app: nodeMetricsName, port: nodeMetricsPort },
].map(({ app, port }) => ({
  peer: { kind: "pods", namespace: agentsNamespace, labels: { app } },
  ports: [port],
}));

/** Public addresses to ask: every route that one can ask without changing anything. */
export function probesOf({ settings }: Environment<string>, running: readonly Service<string>[]): Probe[] {
  const routes = edgeRoutes(running)
    .map(({ route }) => route)
    .filter(({ method }) => method === "GET" || method === "ANY");
  const url = (path: string): string => `https://${settings.domain}${path.replaceAll(/:[^/]+/g, "probe")}`;
  const asked = routes.map(({ path, auth }): Probe => ({ kind: auth === "jwt" ? "guarded" : "open", url: url(path) }));
  const open = asked.filter(({ kind }) => kind === "open").slice(0, 1);
  return [...asked, ...open.map(({ url: its }): Probe => ({ kind: "limited", url: its }))];
}

/** Every pod that asks to be scraped by its annotations, and exporters that are asked about others, as connections. */
export function scrapeTargets(components: readonly Component[], systems: readonly Monitoring[]): Connection[] {
  const annotated = objectsOf(components).flatMap((object) => {
    const { labels, annotations } = podsOf(object) ?? {};
    const app = labels?.["app"];
    return annotations?.["prometheus.io/scrape"] === "true" && app !== undefined
      ? [annotations["prometheus.io/port"], annotations[secondPort]].flatMap((port) =>
          port === undefined ? [] : [{ app, port: Number(port) }],
        )
      : [];
  });
  const exporters = systems.flatMap(({ multiTargets = [] }) =>
    multiTargets.map(({ exporter, port }) => ({ app: exporter, port })),
  );
  const ports = Map.groupBy([...annotated, ...exporters], ({ app }) => app);
  return [...ports]
    .sort(([a], [b]) => compare(a, b))
    .map(([app, its]) => ({
      peer: { kind: "app", app },
      ports: [...new Set(its.map(({ port }) => port))].sort((a, b) => a - b),
    }));
}
