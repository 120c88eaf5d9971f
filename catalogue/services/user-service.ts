import { pythonProbes, standardSlo } from "../defaults.ts";
import type { Service } from "../service.ts";

export const userService: Service = {
  name: "user-service",
  summary: { en: "Keeps user profiles and preferences.", zh: "用户档案与偏好。" },
  team: "identity",
  runtime: "python",
  size: "standard",
  ports: { http: 8000, grpc: 50051 },
  metrics: { port: "http", path: "/metrics" },
  probes: pythonProbes,
  longestRequestSeconds: 10,
  slo: standardSlo,
  configFile: { kind: "service" },
  needs: {
    database: { name: "user" },
    cache: { need: "required", keyPrefixes: ["user_profile"] },
    configuration: "required",
    tracing: "optional",
    calls: [],
    outside: [],
  },
  features: {
    "profile-cache": { summary: "Answer for a profile from the cache, for half an hour at most.", on: true },
  },
  routes: [
    {
      method: "GET",
      path: "/api/v1/users/:id",
      match: "exact",
      port: "http",
      rewrite: "/users/:id",
      auth: "jwt",
      via: "gateway",
      maxBodyMiB: 1,
    },
  ],
};
