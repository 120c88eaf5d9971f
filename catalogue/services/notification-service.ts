import { standardSlo } from "../defaults.ts";
import type { Service } from "../service.ts";

export const notificationService: Service = {
  name: "notification-service",
  summary: { en: "Sends messages to users.", zh: "向用户发送通知。" },
  team: "engagement",
  runtime: "python",
  size: "standard",
  // It has no HTTP interface; metrics are all it serves over HTTP.
  ports: { grpc: 50062, metrics: 9090 },
  metrics: { port: "metrics", path: "/metrics" },
  probes: { kind: "grpc", port: "grpc", startSeconds: 60 },
  longestRequestSeconds: 10,
  slo: standardSlo,
  configFile: { kind: "service" },
  needs: {
    configuration: "required",
    tracing: "optional",
    calls: [],
    outside: [{ kind: "internet", host: "qyapi.weixin.qq.com", port: 443, reason: "WeCom messages" }],
  },
  routes: [],
};
