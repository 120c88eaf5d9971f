import type { Service } from "../service.ts";

export const suokeLifeGateway: Service = {
  name: "suoke-life-gateway",
  summary: { en: "The Go gateway: one entry to the services' public operations.", zh: "Go 网关：对外接口的统一入口。" },
  team: "edge",
  runtime: "go",
  size: "lean",
  // go-zero serves health, metrics and pprof on a port of its own (DevServer), which only the scraper may reach.
  ports: { http: 8888, metrics: 6060 },
  metrics: { port: "metrics", path: "/metrics" },
  probes: { kind: "http", port: "metrics", live: "/", ready: "/healthz", startSeconds: 20 },
  longestRequestSeconds: 30,
  // The plan's goal for the platform as a whole is 99.99 %, and every request passes here.
  slo: { latencyP95Ms: 200, errorRatio: 0.001, availability: 0.9999 },
  // Twice the plan's goal of 1,000 requests per second for the whole platform, so that one pod can carry all of it.
  configFile: { kind: "gateway", requestsPerSecond: 2_000 },
  needs: {
    configuration: "optional",
    tracing: "optional",
    calls: [
      { service: "auth-service", port: "http" },
      { service: "user-service", port: "http" },
      { service: "health-data-service", port: "http", as: "healthService" },
      { service: "xiaoai-service", port: "http" },
    ],
    outside: [],
  },
  routes: [
    // For uptime checks from outside: the plan answers it without a login.
    { method: "GET", path: "/health", match: "exact", port: "http", auth: "open", via: "edge", maxBodyMiB: 1 },
  ],
};
