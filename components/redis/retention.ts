import type { KubernetesObject } from "../../kubernetes/manifest.ts";
import { contentHash } from "../../kubernetes/names.ts";
import { networkPolicy } from "../../kubernetes/network.ts";
import { jobSpec } from "../batch.ts";
import { images } from "../images.ts";
import type { ManagedDurable } from "./data.ts";
import type { Installation, Layout } from "./layout.ts";
import { metadataOf, redisPort } from "./layout.ts";
import { retentionApp } from "./network.ts";
import { resourcesOf } from "./pods.ts";
import { retentionLua, retentionScript } from "./scripts/retention.ts";
import { internalPassword } from "./secrets.ts";

const resources = resourcesOf({ cpu: { request: "20m", limit: "200m" }, memory: "32Mi", scratch: "64Mi" });

/** Seconds that a run may take; 100,000 sagas take a few. */
const deadlineSeconds = 600;

/** The job that lets sagas go some days after they have ended. The plan's orchestrator never does, and memory is finite. */
export function retention(
  installation: Installation,
  { retentionDays }: ManagedDurable,
  layout: Layout,
): KubernetesObject[] {
  const app = retentionApp(installation.name);
  const files = { "retention.sh": retentionScript, "retention.lua": retentionLua };
  const configName = `${app}-config-${contentHash(files)}`;
  const meta = (object: string) => metadataOf(installation, app, object);
  const toFront = { peer: { kind: "app" as const, app: layout.frontApp }, ports: [redisPort] };
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: meta(app), automountServiceAccountToken: false },
    { apiVersion: "v1", kind: "ConfigMap", metadata: meta(configName), immutable: true, data: files },
    networkPolicy(meta(app), { app }, { ingress: [], egress: [toFront] }),
    {
      apiVersion: "batch/v1",
      kind: "CronJob",
      metadata: meta(app),
      spec: {
        // A run only marks what has ended since the last one: hourly is often enough, and cheap.
        schedule: "17 * * * *",
        timeZone: "Etc/UTC",
        concurrencyPolicy: "Forbid",
        startingDeadlineSeconds: 600,
        successfulJobsHistoryLimit: 1,
        failedJobsHistoryLimit: 3,
        jobTemplate: {
          spec: {
            ...jobSpec({
              name: app,
              labels: meta(app).labels,
              image: images.redis,
              command: ["sh", "/etc/retention/retention.sh"],
              env: {
                HOST: installation.name,
                KEEP_SECONDS: String(retentionDays * 86_400),
                REDISCLI_AUTH: internalPassword(installation, "retention"),
              },
              resources,
              config: { "/etc/retention": configName },
              deadlineSeconds,
              retries: 2,
            }),
            ttlSecondsAfterFinished: 86_400,
          },
        },
      },
    },
  ];
}
