import type { ConfigFile } from "../../catalogue/service.ts";
import type { ConfigArgs } from "./config.ts";
import { callUrl, configKey } from "./config.ts";
import { shutdownSeconds } from "./probes.ts";

const goLogLevels = { DEBUG: "debug", INFO: "info", WARNING: "error" } as const;

/**
 * `gateway.yaml` of the Go gateway: go-zero's `rest.RestConf` with the plan's `services` and `rateLimit`. Four of go-zero's
 * defaults (v1.10) would break the platform and are therefore always written: a request times out after 3 s, a body may
 * have 1 MiB, a shutdown is cut off after 5.5 s, and pprof is served.
 */
export function gatewayConfig(args: ConfigArgs, file: Extract<ConfigFile, { kind: "gateway" }>): object {
  const { service, callees, routes, logLevel, tracing } = args;
  const services = service.needs.calls.flatMap((call) => {
    const callee = callees.get(call.service);
    return callee === undefined ? [] : [[configKey(call), callUrl(call, callee)] as const];
  });
  const longest = Math.max(service.longestRequestSeconds, ...routes.map((to) => to.service.longestRequestSeconds));
  const maxBodyMiB = Math.max(1, ...routes.map(({ route }) => route.maxBodyMiB));
  return {
    Name: service.name,
    Host: "0.0.0.0",
    Port: service.ports.http,
    // One second more than the service takes at most, so that its own answer arrives rather than the gateway's.
    Timeout: (longest + 1) * 1000,
    MaxBytes: maxBodyMiB * 2 ** 20,
    // Ends before the kubelet kills the pod: its grace period is longer by the wait before the shutdown.
    Shutdown: { WrapUpTime: "1s", WaitTime: `${longest + shutdownSeconds - 1}s` },
    Log: { Mode: "console", Encoding: "json", Level: goLogLevels[logLevel] },
    DevServer: {
      Enabled: true,
      Port: service.ports.metrics,
      HealthPath: "/healthz",
      MetricsPath: service.metrics.path,
      EnablePprof: false,
    },
    Telemetry:
      tracing === undefined
        ? { Name: service.name, Disabled: true }
        : {
            Name: service.name,
            Endpoint: `${tracing.endpoint.host}:${tracing.endpoint.port}`,
            Sampler: tracing.sampleRatio,
            Batcher: "otlpgrpc",
          },
    services: Object.fromEntries(services),
    rateLimit: { requests: file.requestsPerSecond, window: 1 },
  };
}
