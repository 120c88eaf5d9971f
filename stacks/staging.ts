import type { EnvironmentData } from "./environment.ts";

export const staging = {
  name: "staging",
  namespace: "suoke-life-staging",
  logLevel: "INFO",
  traceSampleRatio: 0.5,
  zones: { count: 3, spread: "preferred" },
  quota: { "requests.cpu": "20", "requests.memory": "34Gi", "limits.cpu": "68", "limits.memory": "68Gi", pods: "60" },
  storageClasses: ["standard"],
  systems: {
    postgres: {
      kind: "external",
      host: "postgres.staging.suoke.life",
      port: 5432,
      replicaHosts: ["postgres-replica.staging.suoke.life"],
      cidrs: ["10.20.1.0/24"],
    },
    cache: { kind: "external", host: "redis-cache.staging.suoke.life", port: 6379, cidrs: ["10.20.2.0/24"] },
    saga: { kind: "external", host: "redis-durable.staging.suoke.life", port: 6379, cidrs: ["10.20.2.0/24"] },
    consul: { kind: "external", host: "consul.staging.suoke.life", port: 8500, cidrs: ["10.20.3.0/24"] },
    tracing: { kind: "external", host: "otel.staging.suoke.life", port: 4317, cidrs: ["10.20.4.0/24"] },
    edge: { kind: "external", namespace: "kong", labels: { app: "kong" } },
    scraper: { kind: "external", namespace: "monitoring", labels: { app: "prometheus" } },
  },
  services: {
    "auth-service": { kind: "on", scaling: { kind: "auto", min: 2, max: 4, cpuPercent: 70 } },
    "consultation-service": { kind: "off" },
    "health-data-service": { kind: "on", scaling: { kind: "auto", min: 2, max: 4, cpuPercent: 70 } },
    "laoke-service": { kind: "on", scaling: { kind: "auto", min: 2, max: 4, cpuPercent: 70 } },
    "notification-service": { kind: "off" },
    "soer-service": { kind: "on", scaling: { kind: "auto", min: 2, max: 4, cpuPercent: 70 } },
    "suoke-life-gateway": { kind: "on", scaling: { kind: "auto", min: 2, max: 4, cpuPercent: 70 } },
    "user-service": { kind: "on", scaling: { kind: "auto", min: 2, max: 4, cpuPercent: 70 } },
    "xiaoai-service": { kind: "on", scaling: { kind: "auto", min: 2, max: 4, cpuPercent: 70 } },
    "xiaoke-service": { kind: "on", scaling: { kind: "auto", min: 2, max: 4, cpuPercent: 70 } },
  },
} as const satisfies EnvironmentData;
