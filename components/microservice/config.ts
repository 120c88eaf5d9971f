import type { Call, Route, Service } from "../../catalogue/service.ts";
import type { Endpoint } from "../../kubernetes/handles.ts";
import { byKey } from "../../kubernetes/names.ts";
import { toYaml } from "../../kubernetes/render.ts";
import { gatewayConfig } from "./gateway.ts";
import { grpcHost } from "./services.ts";

/** What a service's configuration file is made from. */
export interface ConfigArgs {
  readonly service: Service<string>;
  /** The services it calls, where this environment runs them. */
  readonly callees: ReadonlyMap<string, Service<string>>;
  /** Routes of other services that pass through it: gateways only. */
  readonly routes: readonly { readonly route: Route; readonly service: Service<string> }[];
  /** Name of the environment, for logs and traces. */
  readonly environment: string;
  readonly logLevel: "DEBUG" | "INFO" | "WARNING";
  readonly tracing?: { readonly endpoint: Endpoint; readonly sampleRatio: number };
}

/** Files below /app/config by name. */
export function configFiles(args: ConfigArgs): Record<string, string> {
  switch (args.service.configFile.kind) {
    case "service":
      return { "config.yaml": toYaml(serviceConfig(args)) };
    case "gateway":
      return { "gateway.yaml": toYaml(gatewayConfig(args, args.service.configFile)) };
  }
}

function serviceConfig({ service, callees, environment, logLevel }: ConfigArgs): object {
  const calls = service.needs.calls.flatMap((call) => {
    const callee = callees.get(call.service);
    return callee === undefined ? [] : ([[configKey(call), connection(call, callee)]] as const);
  });
  return {
    service: service.name,
    environment,
    listen: service.ports,
    logging: { level: logLevel, format: "json" },
    requests: { longestSeconds: service.longestRequestSeconds },
    calls: Object.fromEntries(calls.sort(byKey)),
  };
}

function connection(call: Call<string>, callee: Service<string>): object {
  return { url: callUrl(call, callee), timeoutSeconds: callee.longestRequestSeconds };
}

/** Where a caller finds a service: by HTTP through its Service, by gRPC at the headless one. */
export function callUrl(call: Call<string>, callee: Service<string>): string {
  const port = callee.ports[call.port];
  return call.port === "grpc" ? `dns:///${grpcHost(callee.name)}:${port}` : `http://${callee.name}:${port}`;
}

/** `auth-service` → `authService`, unless the call says otherwise. */
export function configKey({ service, as }: Call<string>): string {
  return as ?? service.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
