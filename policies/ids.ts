import type { Finding } from "./finding.ts";

/**
 * The rules over what the platform is declared to be: catalogue, environments, settings, documents, monitoring. A test has a
 * change of each that keeps it and one that breaks it (`test/support/fixtures/data/`).
 */
export const dataRules = [
  "catalogue/cache-keys",
  "catalogue/call-cycle",
  "catalogue/database-name",
  "catalogue/document-key",
  "catalogue/duplicate-database",
  "catalogue/duplicate-route",
  "catalogue/gateway",
  "catalogue/name",
  "catalogue/number",
  "catalogue/open-route",
  "catalogue/port-clash",
  "catalogue/port-range",
  "catalogue/port-unknown",
  "catalogue/route-grpc",
  "catalogue/route-path",
  "catalogue/route-protocol",
  "catalogue/route-rewrite",
  "catalogue/shadowed-route",
  "catalogue/timeout-nesting",
  "catalogue/unknown-dependency",
  "data/backups",
  "data/connections",
  "data/retention",
  "data/size",
  "documents/key",
  "documents/outside",
  "documents/secret",
  "documents/service-too-large",
  "documents/too-many",
  "documents/value-too-large",
  "edge/limits",
  "edge/no-counter",
  "edge/replicas",
  "edge/zones",
  "environment/callee-off",
  "environment/consul-servers",
  "environment/gateway-off",
  "environment/namespace",
  "environment/replicas",
  "environment/system-off",
  "environment/unknown-documents",
  "environment/unknown-features",
  "environment/unknown-service",
  "environment/utilization",
  "environment/zones",
  "migrations/again",
  "migrations/concurrently",
  "migrations/name",
  "migrations/one-statement",
  "migrations/quarters",
  "migrations/sums",
  "migrations/unknown-database",
  "migrations/up",
  "monitoring/dashboard",
  "monitoring/duplicate",
  "monitoring/inhibition",
  "monitoring/nobody-is-told",
  "monitoring/objective",
  "monitoring/promql",
  "monitoring/runbook",
  "monitoring/unknown-metric",
  "monitoring/unknown-receiver",
  "old-gateway/canary",
  "old-gateway/no-edge",
  "old-gateway/rewritten",
  "old-gateway/unknown-route",
  "redis/proxies",
  "redis/quantity",
  "redis/retentionDays",
  "redis/sagasPerDay",
  "redis/sentinels",
  "redis/servers",
  "redis/volume",
  "rollout/blue-is-stable",
  "rollout/canary-not-routed",
  "rollout/canary-replicas",
  "rollout/green-replicas",
  "rollout/promotion",
  "rollout/same-image",
  "rollout/service-off",
  "rollout/stable-replicas",
  "settings/unknown-rotation",
  "telemetry/head-sampling",
  "telemetry/storage",
  "telemetry/store",
  "telemetry/tracing",
] as const;
export type DataRule = (typeof dataRules)[number];

/** The rules over a render that look at objects together, beside the hardening rules. */
export const renderRules = [
  "drain/blocked",
  "drain/grace",
  "quota/too-small",
  "redis/majority",
  "redis/memory",
  "redis/volume",
  "references/missing-key",
  "references/missing-object",
  "references/missing-port",
  "references/selects-nothing",
  "scope/duplicate",
  "scope/namespace",
] as const;
export type RenderRule = (typeof renderRules)[number];

export type DataFinding = Finding<DataRule>;
export type RenderFinding = Finding<RenderRule>;

/** What follows an area in the ids of its rules. */
export type RuleOf<Area extends string> = DataRule extends infer Rule
  ? Rule extends `${Area}/${infer Name}`
    ? Name
    : never
  : never;
