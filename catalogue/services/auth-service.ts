import { pythonProbes, standardSlo } from "../defaults.ts";
import type { Service } from "../service.ts";

export const authService: Service = {
  name: "auth-service",
  summary: { en: "Signs users in and issues their tokens.", zh: "用户登录与令牌签发。" },
  team: "identity",
  runtime: "python",
  size: "standard",
  ports: { http: 8000, grpc: 50052 },
  metrics: { port: "http", path: "/metrics" },
  probes: pythonProbes,
  longestRequestSeconds: 10,
  slo: standardSlo,
  configFile: { kind: "service" },
  needs: {
    database: { name: "auth" },
    cache: { need: "required", keyPrefixes: ["auth"] },
    configuration: "required",
    tracing: "optional",
    calls: [],
    outside: [],
  },
  routes: [
    {
      method: "POST",
      path: "/api/v1/auth/login",
      match: "exact",
      port: "http",
      rewrite: "/login",
      auth: "open",
      via: "gateway",
      maxBodyMiB: 1,
    },
    { method: "ANY", path: "/api/v1/auth", match: "prefix", port: "http", auth: "jwt", via: "edge", maxBodyMiB: 1 },
  ],
};
