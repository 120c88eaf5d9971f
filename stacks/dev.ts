import type { EnvironmentData } from "./environment.ts";

export const dev = {
  name: "dev",
  namespace: "suoke-life-dev",
  logLevel: "DEBUG",
  traceSampleRatio: 1,
  zones: { count: 1, spread: "preferred" },
  quota: { "requests.cpu": "10", "requests.memory": "16Gi", "limits.cpu": "32", "limits.memory": "32Gi", pods: "40" },
  storageClasses: ["standard"],
  systems: {
    postgres: {
      kind: "external",
      host: "postgres.dev.suoke.life",
      port: 5432,
      replicaHosts: [],
      cidrs: ["10.10.1.0/24"],
    },
    cache: { kind: "external", host: "redis-cache.dev.suoke.life", port: 6379, cidrs: ["10.10.2.0/24"] },
    saga: { kind: "external", host: "redis-durable.dev.suoke.life", port: 6379, cidrs: ["10.10.2.0/24"] },
    consul: {
      kind: "managed",
      servers: 1,
      storage: { class: "standard", size: "5Gi" },
      snapshots: {
        schedule: "5 * * * *",
        keep: 24,
        storage: { class: "standard", size: "2Gi" },
        upload: { kind: "none" },
      },
    },
    tracing: { kind: "external", host: "otel.dev.suoke.life", port: 4317, cidrs: ["10.10.4.0/24"] },
    edge: { kind: "external", namespace: "kong", labels: { app: "kong" } },
    scraper: { kind: "external", namespace: "monitoring", labels: { app: "prometheus" } },
  },
  services: {
    "auth-service": { kind: "on", scaling: { kind: "auto", min: 1, max: 2, cpuPercent: 70 } },
    "consultation-service": { kind: "off" },
    "health-data-service": { kind: "on", scaling: { kind: "auto", min: 1, max: 2, cpuPercent: 70 } },
    "laoke-service": { kind: "on", scaling: { kind: "fixed", replicas: 1 } },
    "notification-service": { kind: "off" },
    "soer-service": { kind: "on", scaling: { kind: "fixed", replicas: 1 } },
    "suoke-life-gateway": { kind: "on", scaling: { kind: "auto", min: 1, max: 2, cpuPercent: 70 } },
    "user-service": { kind: "on", scaling: { kind: "auto", min: 1, max: 2, cpuPercent: 70 } },
    "xiaoai-service": { kind: "on", scaling: { kind: "auto", min: 1, max: 2, cpuPercent: 70 } },
    "xiaoke-service": { kind: "on", scaling: { kind: "fixed", replicas: 1 } },
  },
} as const satisfies EnvironmentData;
