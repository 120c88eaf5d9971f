/** The node's collector; services send to it. */
export const agentName = "otel-agent";

/** The plan's name for where its exporter sends to. */
export const compatibilityName = "jaeger-agent";

/** The collectors that decide which traces are kept. Headless: agents choose among its pods. */
export const gatewayName = "otel-gateway";

/** The Service by which nodes send log lines to the gateways. */
export const logsName = "otel-gateway-logs";

/** Reads containers' logs on nodes, in a namespace of its own. */
export const logsAgentName = "otel-logs";

/** The name by which other namespaces find it. */
export function logsHost(namespace: string): string {
  return `${logsName}.${namespace}.svc`;
}
