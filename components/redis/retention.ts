import type { KubernetesObject, ObjectOf } from "../../kubernetes/manifest.ts";
import { contentHash } from "../../kubernetes/names.ts";
import { networkPolicy } from "../../kubernetes/network.ts";
import { images } from "../images.ts";
import type { ManagedDurable } from "./data.ts";
import type { Installation, Layout } from "./layout.ts";
import { metadataOf, redisPort } from "./layout.ts";
import { retentionApp } from "./network.ts";
import type { ContainerSize } from "./pods.ts";
import { containerSettings, podSettings, resourcesOf, secretEnv } from "./pods.ts";
import { retentionLua, retentionScript } from "./scripts/retention.ts";
import { internalPassword } from "./secrets.ts";

const size: ContainerSize = { cpu: { request: "20m", limit: "200m" }, memory: "32Mi", scratch: "16Mi" };

/** Seconds that a run may take; 100,000 sagas take a few. */
const runSeconds = 600;

/** The job that lets sagas go some days after they have ended. The plan's orchestrator never does, and memory is finite. */
export function retention(installation: Installation, durable: ManagedDurable, layout: Layout): KubernetesObject[] {
  const app = retentionApp(installation.name);
  const files = { "retention.sh": retentionScript, "retention.lua": retentionLua };
  const configName = `${app}-config-${contentHash(files)}`;
  const meta = (object: string) => metadataOf(installation, app, object);
  const toFront = { peer: { kind: "app" as const, app: layout.frontApp }, ports: [redisPort] };
  return [
    { apiVersion: "v1", kind: "ConfigMap", metadata: meta(configName), immutable: true, data: files },
    networkPolicy({ app, ingress: [], egress: [toFront] }, meta(app)),
    cronJob(installation, durable, configName),
  ];
}

function cronJob(
  installation: Installation,
  { retentionDays }: ManagedDurable,
  configName: string,
): ObjectOf<"CronJob"> {
  const app = retentionApp(installation.name);
  const metadata = metadataOf(installation, app);
  return {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata,
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
          backoffLimit: 2,
          activeDeadlineSeconds: runSeconds,
          ttlSecondsAfterFinished: 86_400,
          template: {
            metadata: { labels: metadata.labels },
            spec: {
              ...podSettings(installation, app, "suoke-batch"),
              restartPolicy: "Never",
              terminationGracePeriodSeconds: 10,
              containers: [
                {
                  name: "retention",
                  image: images.redis,
                  command: ["sh", "/etc/retention/retention.sh"],
                  env: [
                    { name: "HOST", value: installation.name },
                    { name: "KEEP_SECONDS", value: String(retentionDays * 86_400) },
                    secretEnv("REDISCLI_AUTH", internalPassword(installation, "retention")),
                  ],
                  resources: resourcesOf(size),
                  ...containerSettings(),
                  volumeMounts: [{ name: "config", mountPath: "/etc/retention", readOnly: true }],
                },
              ],
              volumes: [{ name: "config", configMap: { name: configName } }],
            },
          },
        },
      },
    },
  };
}
