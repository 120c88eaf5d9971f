import { pythonProbes } from "../defaults.ts";
import type { Service } from "../service.ts";

export const healthDataService: Service = {
  name: "health-data-service",
  summary: { en: "Keeps health records and diagnoses.", zh: "健康数据与诊断记录。" },
  team: "health",
  runtime: "python",
  size: "standard",
  ports: { http: 8000, grpc: 50056 },
  metrics: { port: "http", path: "/metrics" },
  probes: pythonProbes,
  // The plan's client gives CreateDiagnosis 30 s: it waits for an agent.
  longestRequestSeconds: 30,
  slo: { latencyP95Ms: 200, errorRatio: 0.001, availability: 0.999 },
  configFile: { kind: "service" },
  needs: {
    database: { name: "health" },
    cache: { need: "required", keyPrefixes: ["health_data", "ai_diagnosis"] },
    configuration: "required",
    tracing: "optional",
    calls: [{ service: "xiaoai-service", port: "http" }],
    outside: [],
  },
  routes: [
    {
      method: "POST",
      path: "/api/v1/health/diagnosis",
      match: "exact",
      port: "http",
      rewrite: "/diagnosis",
      auth: "jwt",
      via: "gateway",
      // Images and audio travel inside the request (the plan's CreateDiagnosisRequest).
      maxBodyMiB: 16,
    },
    // The path that the plan's tracing example uses for the same operation.
    {
      method: "POST",
      path: "/api/v1/diagnosis",
      match: "exact",
      port: "http",
      rewrite: "/diagnosis",
      auth: "jwt",
      via: "gateway",
      maxBodyMiB: 16,
    },
  ],
};
