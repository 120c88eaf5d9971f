import { personalData } from "../catalogue/personal-data.ts";
import type { EnvironmentData } from "./environment.ts";

export const prod = {
  name: "prod",
  namespace: "suoke-life-prod",
  logLevel: "INFO",
  // All of them: the gateways see whole traces and decide.
  traceSampleRatio: 1,
  zones: { count: 3, spread: "required" },
  nodes: 12,
  quota: {
    "requests.cpu": "80",
    "requests.memory": "150Gi",
    "limits.cpu": "240",
    "limits.memory": "260Gi",
    pods: "200",
  },
  recoverable: true,
  storageClasses: ["standard"],
  systems: {
    postgres: {
      kind: "managed",
      instances: 3,
      synchronous: true,
      resources: { cpu: "2", memory: "8Gi" },
      storage: { class: "standard", data: "100Gi", wal: "20Gi" },
      maxConnections: 300,
      poolers: { instances: 3, maxClientConnections: 2000, poolSize: 4 },
      backups: {
        kind: "objectStore",
        destination: "s3://suoke-life-prod-postgres/",
        schedule: "0 30 2 * * *",
        retentionDays: 30,
      },
    },
    cache: { kind: "external", host: "redis-cache.prod.suoke.life", port: 6379, cidrs: ["10.30.2.0/24"] },
    saga: { kind: "external", host: "redis-durable.prod.suoke.life", port: 6379, cidrs: ["10.30.2.0/24"] },
    consul: { kind: "external", host: "consul.prod.suoke.life", port: 8500, cidrs: ["10.30.3.0/24"] },
    tracing: {
      kind: "managed",
      agent: { cpu: "100m", memory: "512Mi" },
      gateway: { replicas: 3, cpu: "500m", memory: "2Gi", queue: { class: "standard", size: "20Gi" } },
      // What people wait for longest, and what goes wrong in a patient's records, is kept more often.
      sampling: { ratio: 0.1, services: { "health-data-service": 0.5, "xiaoai-service": 0.5 }, slowMs: 1000 },
      personal: personalData,
      jaeger: { kind: "elasticsearch", collectors: 3, queries: 2 },
    },
    elasticsearch: {
      kind: "managed",
      nodes: 3,
      resources: { cpu: "1", memory: "8Gi" },
      storage: { class: "standard", size: "300Gi" },
      traces: { daily: "8Gi", days: 14 },
      logs: { daily: "12Gi", days: 14 },
      snapshots: {
        kind: "s3",
        bucket: "suoke-life-prod-elasticsearch",
        path: "telemetry",
        schedule: "0 30 3 * * ?",
        keepDays: 30,
      },
    },
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
