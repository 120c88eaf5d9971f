import { agentProbes, agentSlo } from "../defaults.ts";
import type { Service } from "../service.ts";

export const xiaoaiService: Service = {
  name: "xiaoai-service",
  summary: { en: "The agent Xiaoai: analyses what a user reports.", zh: "智能体小艾：分析用户的健康咨询。" },
  team: "agents",
  runtime: "python",
  size: "agent",
  ports: { http: 8000, grpc: 50053 },
  metrics: { port: "http", path: "/metrics" },
  probes: agentProbes,
  longestRequestSeconds: 30,
  slo: agentSlo,
  configFile: { kind: "service" },
  needs: {
    database: { name: "xiaoai" },
    cache: { need: "required", keyPrefixes: ["xiaoai"] },
    configuration: "required",
    tracing: "optional",
    calls: [{ service: "user-service", port: "grpc" }],
    outside: [],
  },
  features: {
    "diagnosis-cache": { summary: "Answer the same question from the cache, for an hour at most.", on: true },
  },
  routes: [
    {
      method: "POST",
      path: "/api/v1/ai/xiaoai",
      match: "exact",
      port: "http",
      rewrite: "/analyze",
      auth: "jwt",
      via: "gateway",
      maxBodyMiB: 16,
    },
  ],
};
