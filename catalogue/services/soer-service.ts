import { agentProbes, agentSlo } from "../defaults.ts";
import type { Service } from "../service.ts";

export const soerService: Service = {
  name: "soer-service",
  summary: { en: "The agent Soer: accompanies daily life.", zh: "智能体索儿：陪伴日常健康管理。" },
  team: "agents",
  runtime: "python",
  size: "agent",
  ports: { http: 8000, grpc: 50060 },
  metrics: { port: "http", path: "/metrics" },
  probes: agentProbes,
  longestRequestSeconds: 30,
  slo: agentSlo,
  configFile: { kind: "service" },
  needs: {
    database: { name: "soer" },
    cache: { need: "required", keyPrefixes: ["soer"] },
    configuration: "required",
    tracing: "optional",
    calls: [{ service: "user-service", port: "grpc" }],
    outside: [],
  },
  routes: [],
};
