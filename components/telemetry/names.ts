/** The node's collector; services send to it. */
export const agentName = "otel-agent";

/** The plan's name for where its exporter sends to. */
export const compatibilityName = "jaeger-agent";

/** The collectors that decide which traces are kept. Headless: agents choose among its pods. */
export const gatewayName = "otel-gateway";
