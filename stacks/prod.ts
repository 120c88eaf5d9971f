import type { EnvironmentData } from "./environment.ts";

export const prod = {
  name: "prod",
  namespace: "suoke-life-prod",
  logLevel: "INFO",
  traceSampleRatio: 0.1,
  zones: { count: 3, spread: "required" },
  quota: {
    "requests.cpu": "50",
    "requests.memory": "88Gi",
    "limits.cpu": "180",
    "limits.memory": "176Gi",
    pods: "140",
  },
  storageClasses: ["standard"],
  systems: {
    postgres: {
      kind: "external",
      host: "postgres.prod.suoke.life",
      port: 5432,
      replicaHosts: ["postgres-replica-1.prod.suoke.life", "postgres-replica-2.prod.suoke.life"],
      cidrs: ["10.30.1.0/24"],
    },
    cache: { kind: "external", host: "redis-cache.prod.suoke.life", port: 6379, cidrs: ["10.30.2.0/24"] },
    saga: { kind: "external", host: "redis-durable.prod.suoke.life", port: 6379, cidrs: ["10.30.2.0/24"] },
    consul: { kind: "external", host: "consul.prod.suoke.life", port: 8500, cidrs: ["10.30.3.0/24"] },
    tracing: { kind: "external", host: "otel.prod.suoke.life", port: 4317, cidrs: ["10.30.4.0/24"] },
    edge: { kind: "external", namespace: "kong", labels: { app: "kong" } },
    scraper: { kind: "external", namespace: "monitoring", labels: { app: "prometheus" } },
  },
  services: {
    "auth-service": { kind: "on", scaling: { kind: "auto", min: 3, max: 10, cpuPercent: 70 } },
    "consultation-service": { kind: "off" },
    "health-data-service": { kind: "on", scaling: { kind: "auto", min: 3, max: 10, cpuPercent: 70 } },
    "laoke-service": { kind: "on", scaling: { kind: "auto", min: 3, max: 10, cpuPercent: 70 } },
    "notification-service": { kind: "off" },
    "soer-service": { kind: "on", scaling: { kind: "auto", min: 3, max: 10, cpuPercent: 70 } },
    "suoke-life-gateway": { kind: "on", scaling: { kind: "auto", min: 3, max: 10, cpuPercent: 70 } },
    "user-service": { kind: "on", scaling: { kind: "auto", min: 3, max: 10, cpuPercent: 70 } },
    "xiaoai-service": { kind: "on", scaling: { kind: "auto", min: 3, max: 10, cpuPercent: 70 } },
    "xiaoke-service": { kind: "on", scaling: { kind: "auto", min: 3, max: 10, cpuPercent: 70 } },
  },
} as const satisfies EnvironmentData;
