import type { Service } from "../../catalogue/service.ts";
import type { Resources } from "../../catalogue/sizes.ts";
import type { EnvironmentValue, SecretKey } from "../../kubernetes/handles.ts";
import { parseQuantity } from "../../kubernetes/quantity.ts";
import type { Systems } from "../systems.ts";

/** What a service's environment variables are made from. */
export interface EnvArgs {
  readonly service: Service<string>;
  readonly systems: Systems;
  readonly resources: Resources;
  readonly namespace: string;
  /** Name of the environment, for traces. */
  readonly environment: string;
  readonly version: string;
  readonly logLevel: string;
  readonly traceSampleRatio: number;
  readonly pythonHashSeed: SecretKey;
}

/** Variable names are those that the plan's code and OpenTelemetry read. */
export function environmentVariables(args: EnvArgs): Record<string, EnvironmentValue> {
  return {
    LOG_LEVEL: args.logLevel,
    ...data(args),
    ...configuration(args),
    ...tracing(args),
    ...runtime(args),
  };
}

function data({ service, systems }: EnvArgs): Record<string, EnvironmentValue> {
  const { database, cache, saga } = service.needs;
  return {
    ...(database !== undefined && systems.postgres !== undefined
      ? {
          DATABASE_URL: systems.postgres.primary(database.name),
          DATABASE_REPLICA_URLS: systems.postgres.replicas(database.name),
        }
      : {}),
    ...(cache !== undefined && systems.cache !== undefined
      ? { REDIS_URL: systems.cache.url(service.name), REDIS_HOST: systems.cache.host, REDIS_PORT: systems.cache.port }
      : {}),
    ...(saga !== undefined && systems.saga !== undefined ? { SAGA_REDIS_URL: systems.saga.url(service.name) } : {}),
  };
}

/** The plan's ConfigManager takes localhost:8500, where nothing listens: modern Consul runs no agent beside the pod. */
function configuration({ service, systems: { consul } }: EnvArgs): Record<string, EnvironmentValue> {
  if (service.needs.configuration === undefined || consul === undefined) return {};
  const { host, port } = consul.endpoint;
  return {
    CONSUL_HOST: host,
    CONSUL_PORT: String(port),
    // Without a scheme, which Consul's own clients add and python-consul does not understand.
    CONSUL_HTTP_ADDR: `${host}:${port}`,
    CONSUL_HTTP_TOKEN: consul.token(service.name),
  };
}

/** https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/ */
function tracing(args: EnvArgs): Record<string, EnvironmentValue> {
  const { service, systems, namespace, environment, version, traceSampleRatio } = args;
  if (service.needs.tracing === undefined || systems.tracing === undefined) return { OTEL_SDK_DISABLED: "true" };
  const { host, port } = systems.tracing.endpoint;
  const attributes = {
    "deployment.environment.name": environment,
    "k8s.namespace.name": namespace,
    "k8s.pod.name": "$(POD_NAME)",
    "service.namespace": "suoke-life",
    "service.version": version,
  };
  return {
    OTEL_SERVICE_NAME: service.name,
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://${host}:${port}`,
    OTEL_EXPORTER_OTLP_PROTOCOL: "grpc",
    OTEL_RESOURCE_ATTRIBUTES: Object.entries(attributes)
      .map(([key, value]) => `${key}=${value}`)
      .join(","),
    OTEL_TRACES_SAMPLER: "parentbased_traceidratio",
    OTEL_TRACES_SAMPLER_ARG: String(traceSampleRatio),
    // What the services' own start-up code reads.
    OTLP_ENDPOINT: `http://${host}:${port}`,
  };
}

function runtime({ service, resources, pythonHashSeed }: EnvArgs): Record<string, EnvironmentValue> {
  switch (service.runtime) {
    case "python":
      return {
        PYTHONUNBUFFERED: "1",
        // The root file system is read-only.
        PYTHONDONTWRITEBYTECODE: "1",
        ...(service.needs.cache === undefined ? {} : { PYTHONHASHSEED: pythonHashSeed }),
      };
    case "go":
      // Nine tenths of the limit: the collector works harder before the kernel kills.
      return { GOMEMLIMIT: `${Math.floor(parseQuantity(resources.limits.memory) * 0.9)}B` };
  }
}
