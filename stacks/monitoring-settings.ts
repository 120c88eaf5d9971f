import * as z from "zod";
import { cidr } from "./cidr.ts";

const address = z
  .url({ protocol: /^https?$/, error: "is not an address such as https://grafana.example.org" })
  .regex(/[^/]$/, { error: "must not end with a slash" });

const receiver = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("webhook") }),
  z.strictObject({ kind: z.literal("slack"), channel: z.string().min(1) }),
  z.strictObject({ kind: z.literal("wecom") }),
  z.strictObject({ kind: z.literal("dingtalk") }),
  z.strictObject({
    kind: z.literal("email"),
    to: z.email(),
    from: z.email(),
    smarthost: z.string().regex(/^[^:]+:[0-9]+$/, { error: "is not host:port" }),
    username: z.string().min(1),
  }),
]);

/** Somebody outside of the environment, as its NetworkPolicies let them in. */
const visitor = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("pods"),
    namespace: z.string().min(1),
    labels: z.record(z.string(), z.string()).refine((labels) => Object.keys(labels).length > 0, {
      error: "names no label, which would be every pod of the namespace",
    }),
  }),
  z.strictObject({ kind: z.literal("addresses"), cidrs: z.array(cidr).min(1) }),
]);

const routes = {
  critical: z.array(z.string()).describe("Receivers of what is urgent, at any hour"),
  warning: z.array(z.string()).describe("Receivers of what can wait for working hours"),
};

/** `monitoring` in `Pulumi.<env>.yaml`: where people look, and who is told. */
export const monitoringSettings = z
  .strictObject({
    grafana: address.describe("Where people reach Grafana; links in alerts lead there"),
    runbooks: address.describe("Folder of docs/runbooks as people reach it"),
    receivers: z
      .record(z.string().regex(/^[a-z]([a-z0-9-]*[a-z0-9])?$/), receiver)
      .describe("Who can be told; what is secret of each is monitoring.receivers.<name> among the secrets"),
    ...routes,
    teams: z.record(z.string(), z.strictObject(routes)).default({}).describe("Teams with receivers of their own"),
    access: z
      .strictObject({
        prometheus: z
          .array(visitor)
          .default([])
          .describe("Who asks Prometheus: the runners that deploy, for the error budget"),
        grafana: z
          .array(visitor)
          .default([])
          .describe("Through whom people reach Grafana: a VPN, a proxy that knows them"),
      })
      .default({ prometheus: [], grafana: [] })
      .describe("Who is let in besides the platform itself. Nobody unless given: no public route leads to either"),
    deadMansSwitch: z
      .boolean()
      .describe("Whether something outside is told all the time, and calls somebody when it is not"),
  })
  .describe("Who is told of what fires");
