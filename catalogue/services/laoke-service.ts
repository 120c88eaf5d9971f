import { agentProbes, agentSlo } from "../defaults.ts";
import type { Service } from "../service.ts";

export const laokeService: Service = {
  name: "laoke-service",
  summary: { en: "The agent Laoke: recommends what to do.", zh: "智能体老克：给出健康建议。" },
  team: "agents",
  runtime: "python",
  size: "agent",
  ports: { http: 8000, grpc: 9000 },
  metrics: { port: "http", path: "/metrics" },
  probes: agentProbes,
  longestRequestSeconds: 30,
  slo: agentSlo,
  configFile: { kind: "service" },
  needs: {
    database: { name: "laoke" },
    cache: { need: "required", keyPrefixes: ["laoke"] },
    configuration: "required",
    tracing: "optional",
    calls: [{ service: "user-service", port: "grpc" }],
    outside: [],
  },
  routes: [],
};
