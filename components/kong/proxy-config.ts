import type { ManagedEdge } from "./data.ts";
import { allowedModules } from "./lua.ts";
import { proxyPorts } from "./names.ts";
import { loadedPlugins } from "./plugin-configs.ts";

/** Where the pod finds the Admin API's certificate, and the authority of those who may call it. */
export const adminCertificatePath = "/etc/kong/admin-tls";

/**
 * Kong's settings, as environment variables (https://docs.konghq.com/gateway/3.9.x/reference/configuration/).
 * @param maxBodyMiB the largest body of any route; each route has its own limit on top
 * @param sampleRatio share of requests that are traced, where they are
 */
export function proxyEnvironment(
  clients: ManagedEdge["loadBalancer"]["clients"],
  maxBodyMiB: number,
  sampleRatio?: number,
): Record<string, string> {
  const proxyProtocol = clients.kind === "proxyProtocol" ? " proxy_protocol" : "";
  const listen = (port: keyof typeof proxyPorts, flags = ""): string => `0.0.0.0:${proxyPorts[port]}${flags}`;
  return {
    KONG_DATABASE: "off",
    // The controller writes the Gateway API's order of precedence into priorities, which only this router knows.
    KONG_ROUTER_FLAVOR: "expressions",
    KONG_PREFIX: "/kong_prefix",
    // As many as the CPU request; by default there would be one for each core of the node.
    KONG_NGINX_WORKER_PROCESSES: "2",
    KONG_PROXY_LISTEN: `${listen("proxy", proxyProtocol)}, ${listen("proxy-tls", ` http2 ssl${proxyProtocol}`)}`,
    // What clients see, for redirects and for X-Forwarded-Port.
    KONG_PORT_MAPS: `80:${proxyPorts.proxy}, 443:${proxyPorts["proxy-tls"]}`,
    KONG_STATUS_LISTEN: listen("status"),
    // Mutual TLS: only who has a certificate of the namespace's own authority may configure Kong.
    KONG_ADMIN_LISTEN: listen("admin-tls", " http2 ssl"),
    KONG_ADMIN_SSL_CERT: `${adminCertificatePath}/tls.crt`,
    KONG_ADMIN_SSL_CERT_KEY: `${adminCertificatePath}/tls.key`,
    KONG_NGINX_ADMIN_SSL_CLIENT_CERTIFICATE: `${adminCertificatePath}/ca.crt`,
    KONG_NGINX_ADMIN_SSL_VERIFY_CLIENT: "on",
    KONG_ADMIN_GUI_LISTEN: "off",
    KONG_PLUGINS: loadedPlugins.join(","),
    KONG_UNTRUSTED_LUA: "sandbox",
    KONG_UNTRUSTED_LUA_SANDBOX_REQUIRES: allowedModules.join(","),
    KONG_NGINX_HTTP_CLIENT_MAX_BODY_SIZE: `${maxBodyMiB}m`,
    // Connections to each pod that are kept for the next request: opening one takes longer than most answers.
    KONG_UPSTREAM_KEEPALIVE_POOL_SIZE: "512",
    KONG_UPSTREAM_KEEPALIVE_MAX_REQUESTS: "10000",
    ...(sampleRatio === undefined
      ? {}
      : {
          // The request, and the call behind it: spans of Kong's insides would be most of all spans.
          KONG_TRACING_INSTRUMENTATIONS: "request,balancer",
          KONG_TRACING_SAMPLING_RATE: String(sampleRatio),
        }),
    ...clientAddress(clients),
    // No word on which version of what answers.
    KONG_HEADERS: "off",
    KONG_ANONYMOUS_REPORTS: "off",
    KONG_PROXY_ACCESS_LOG: "/dev/stdout",
    KONG_PROXY_ERROR_LOG: "/dev/stderr",
    KONG_ADMIN_ACCESS_LOG: "/dev/stdout",
    KONG_ADMIN_ERROR_LOG: "/dev/stderr",
    KONG_STATUS_ACCESS_LOG: "off",
    KONG_LOG_LEVEL: "notice",
  };
}

/** Whose word on a client's address is taken. Anybody's would let a client escape its limit with a header. */
function clientAddress(clients: ManagedEdge["loadBalancer"]["clients"]): Record<string, string> {
  switch (clients.kind) {
    case "preserved":
      return {};
    case "proxyProtocol":
      return { KONG_TRUSTED_IPS: clients.cidrs.join(","), KONG_REAL_IP_HEADER: "proxy_protocol" };
    case "header":
      return {
        KONG_TRUSTED_IPS: clients.cidrs.join(","),
        KONG_REAL_IP_HEADER: "X-Forwarded-For",
        KONG_REAL_IP_RECURSIVE: "on",
      };
  }
}
