import { pythonProbes } from "../defaults.ts";
import type { Service } from "../service.ts";

export const consultationService: Service = {
  name: "consultation-service",
  summary: { en: "Runs the health consultation saga across the agents.", zh: "健康咨询 Saga 的编排者。" },
  team: "health",
  runtime: "python",
  size: "standard",
  ports: { http: 8000, grpc: 50061 },
  metrics: { port: "http", path: "/metrics" },
  probes: pythonProbes,
  // One saga step: 3 tries of 30 s with pauses of 1 s and 2 s. A step that is cut off leaves the saga "running" for ever.
  longestRequestSeconds: 93,
  slo: { latencyP95Ms: 200, errorRatio: 0.001, availability: 0.999 },
  configFile: { kind: "service" },
  needs: {
    database: { name: "consultation" },
    saga: "required",
    cache: { need: "optional", keyPrefixes: ["consultation"] },
    configuration: "required",
    tracing: "optional",
    calls: [
      { service: "xiaoai-service", port: "http" },
      { service: "xiaoke-service", port: "http" },
      { service: "laoke-service", port: "http" },
      { service: "health-data-service", port: "grpc" },
      { service: "notification-service", port: "grpc" },
    ],
    outside: [],
  },
  routes: [
    {
      method: "POST",
      path: "/api/v1/consultations",
      match: "exact",
      port: "http",
      rewrite: "/consultations",
      auth: "jwt",
      via: "edge",
      maxBodyMiB: 16,
    },
  ],
};
