import { agentProbes, agentSlo } from "../defaults.ts";
import type { Service } from "../service.ts";

export const xiaokeService: Service = {
  name: "xiaoke-service",
  summary: { en: "The agent Xiaoke: proposes diagnoses.", zh: "智能体小克：提出诊断建议。" },
  team: "agents",
  runtime: "python",
  size: "agent",
  ports: { http: 8000, grpc: 50054 },
  metrics: { port: "http", path: "/metrics" },
  probes: agentProbes,
  longestRequestSeconds: 30,
  slo: agentSlo,
  configFile: { kind: "service" },
  needs: {
    database: { name: "xiaoke" },
    cache: { need: "required", keyPrefixes: ["xiaoke"] },
    configuration: "required",
    tracing: "optional",
    calls: [{ service: "user-service", port: "grpc" }],
    outside: [],
  },
  routes: [],
};
