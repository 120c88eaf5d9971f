import { createRequire } from "node:module";
import { join } from "node:path";
import { localFolder } from "../../local/paths.ts";
import type { Environment } from "../../stacks/environment.ts";

/**
 * The same services written with cdk8s-plus: a Deployment with the same container, probes, variables and volumes, both
 * Services, the autoscaler, the account, the ConfigMap, the policy and the budget. What it has no class for is an ApiObject.
 */
export function synthesize({ catalogue, data }: Environment<string>): string {
  const require = createRequire(join(localFolder, "bench/cdk8s/package.json"));
  const { App, Chart, ApiObject, Size, Duration, Yaml } = require("cdk8s") as Peer;
  const plus = require("cdk8s-plus-33") as Peer;
  const app = new App();
  const texts: string[] = [];
  for (const { name, ports } of Object.values(catalogue)) {
    const chart = new Chart(app, name, { namespace: data.namespace, labels: { app: name } });
    const account = new plus.ServiceAccount(chart, "account", { metadata: { name } });
    const config = new plus.ConfigMap(chart, "config", {
      immutable: true,
      data: { "config.yaml": `service: ${name}\n` },
    });
    const probe = (path: string) =>
      plus.Probe.fromHttpGet(path, { port: ports.http, periodSeconds: Duration.seconds(10) });
    const secret = plus.Secret.fromSecretName(chart, "secret", "database-secret");
    const deployment = new plus.Deployment(chart, "deployment", {
      metadata: { name },
      serviceAccount: account,
      automountServiceAccountToken: false,
      terminationGracePeriod: Duration.seconds(45),
      securityContext: { user: 10001, group: 10001, fsGroup: 10001, ensureNonRoot: true },
      containers: [
        {
          name,
          image: `registry.suoke.life/${name}:v1.0.0`,
          ports: Object.entries(ports).map(([port, number]) => ({ name: port, number })),
          envVariables: {
            LOG_LEVEL: plus.EnvValue.fromValue("DEBUG"),
            DATABASE_URL: plus.EnvValue.fromSecretValue({ secret, key: `${name}-db-url` }),
            DATABASE_REPLICA_URLS: plus.EnvValue.fromSecretValue({ secret, key: `${name}-db-ro-urls` }),
            REDIS_URL: plus.EnvValue.fromSecretValue({ secret, key: "url" }),
            CONSUL_HOST: plus.EnvValue.fromValue("consul"),
            CONSUL_PORT: plus.EnvValue.fromValue("8500"),
            CONSUL_HTTP_ADDR: plus.EnvValue.fromValue("http://consul:8500"),
            OTEL_SERVICE_NAME: plus.EnvValue.fromValue(name),
            OTEL_EXPORTER_OTLP_ENDPOINT: plus.EnvValue.fromValue("http://otel:4317"),
          },
          resources: {
            cpu: { request: plus.Cpu.millis(100), limit: plus.Cpu.millis(500) },
            memory: { request: Size.mebibytes(64), limit: Size.mebibytes(128) },
          },
          startup: probe("/health"),
          liveness: probe("/health"),
          readiness: probe("/ready"),
          volumeMounts: [
            { path: "/app/config", volume: plus.Volume.fromConfigMap(chart, "config-volume", config), readOnly: true },
            { path: "/tmp", volume: plus.Volume.fromEmptyDir(chart, "tmp", "tmp", { sizeLimit: Size.mebibytes(64) }) },
          ],
        },
      ],
    });
    deployment.exposeViaService({
      name,
      ports: Object.entries(ports).map(([port, number]) => ({ name: port, port: number })),
    });
    deployment.exposeViaService({
      name: `${name}-grpc`,
      ports: [{ name: "grpc", port: ports.grpc ?? 0 }],
      clusterIP: "None",
    });
    new plus.HorizontalPodAutoscaler(chart, "hpa", {
      metadata: { name: `${name}-hpa` },
      target: deployment,
      minReplicas: 1,
      maxReplicas: 2,
      metrics: [plus.Metric.resourceCpu(plus.MetricTarget.averageUtilization(70))],
    });
    new ApiObject(chart, "budget", {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: { name },
      spec: { maxUnavailable: 1, selector: { matchLabels: { app: name } } },
    });
    new plus.NetworkPolicy(chart, "policy", { selector: deployment, metadata: { name } });
    texts.push(Yaml.stringify(...(chart.toJson() as object[])));
  }
  return texts.join("---\n");
}

/** Both are installed for the benchmark alone, so that their types are not there where this is checked. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- see above
type Peer = any;
