import { pinnedImages, secretVariables, withoutDigest } from "../exemptions.ts";
import type { SecretKey } from "../../kubernetes/handles.ts";
import type { Component, KubernetesObject, Manifest, Metadata } from "../../kubernetes/manifest.ts";
import { contentHash } from "../../kubernetes/names.ts";
import type { Connection } from "../../kubernetes/network.ts";
import { secretManifest } from "../../kubernetes/secret-manifest.ts";
import type { SecretExpression } from "../../kubernetes/secrets.ts";
import { setting } from "../../kubernetes/secrets.ts";
import { images } from "../images.ts";
import type { Setup } from "./configuration.ts";
import type { Snapshots, Upload } from "./data.ts";
import { clientApps, components, managementKey, managementSecret } from "./names.ts";
import { networkPolicy, toServers } from "./network.ts";
import type { Container, PodTemplate, Room } from "./pods.ts";
import {
  consulEnv,
  consulLabels,
  container,
  jobSpec,
  podTemplate,
  rootsMount,
  rootsVolume,
  serviceAccount,
} from "./pods.ts";
import { scripts } from "./scripts.ts";
import type { Token } from "./tokens.ts";

export interface SnapshotsArgs {
  readonly namespace: string;
  readonly data: Snapshots;
  readonly token: Token;
  readonly management: SecretExpression;
  readonly pullSecret: SecretKey;
  /** What follows a restore: a snapshot holds the tokens and documents of its time. */
  readonly setup: Setup;
}

const app = clientApps.snapshots;
const volume = "consul-snapshots";
const storeSecret = "consul-snapshots-store";
/** The CLI holds a snapshot in memory while it checks it. */
const room: Room = { cpu: ["50m", "500m"], memory: ["64Mi", "256Mi"] };
/** Kubernetes never starts it: there is no 31st of February, and it is suspended as well. */
const never = "0 0 31 2 *";

/** Snapshots on a volume and in an object store, and the job that brings one back (docs/runbooks/consul.md). */
export function snapshots(args: SnapshotsArgs): Component {
  const { namespace, data, pullSecret } = args;
  const meta = (name: string): Metadata => ({ name, namespace, labels: consulLabels(app) });
  const scriptsMap = `consul-snapshot-scripts-${contentHash(scripts)}`;
  const store = storeKeys(data.upload);
  const objects: KubernetesObject[] = [
    serviceAccount(app, namespace),
    networkPolicy(app, namespace, { egress: [toServers, ...toStore(data.upload)] }),
    { apiVersion: "v1", kind: "ConfigMap", metadata: meta(scriptsMap), immutable: true, data: { ...scripts } },
    {
      apiVersion: "batch/v1",
      kind: "CronJob",
      metadata: meta("consul-snapshot"),
      spec: {
        schedule: data.schedule,
        concurrencyPolicy: "Forbid",
        startingDeadlineSeconds: 600,
        successfulJobsHistoryLimit: 1,
        failedJobsHistoryLimit: 3,
        jobTemplate: { spec: jobSpec(savePod(args, scriptsMap, store), 900) },
      },
    },
    {
      apiVersion: "batch/v1",
      kind: "CronJob",
      metadata: meta("consul-restore"),
      spec: {
        schedule: never,
        suspend: true,
        concurrencyPolicy: "Forbid",
        startingDeadlineSeconds: 600,
        jobTemplate: { spec: { ...jobSpec(restorePod(args, scriptsMap, store), 1800), backoffLimit: 0 } },
      },
    },
  ];
  return {
    type: "suoke:configuration:ConsulSnapshots",
    exemptions: [
      pinnedImages,
      withoutDigest,
      secretVariables(
        "The consul program takes its token from a variable; on its command line every process would see it.",
      ),
    ],
    name: components.snapshots,
    dependsOn: [components.configuration, pullSecret.component],
    manifests: [
      ...(Object.keys(store).length === 0
        ? []
        : [secretManifest({ name: storeSecret, namespace, labels: consulLabels(app), values: store })]),
      {
        object: {
          apiVersion: "v1",
          kind: "PersistentVolumeClaim",
          // It binds when the first snapshot is taken, and Pulumi need not wait for that.
          metadata: { ...meta(volume), annotations: { "pulumi.com/skipAwait": "true" } },
          spec: {
            accessModes: ["ReadWriteOnce"],
            storageClassName: data.storage.class,
            resources: { requests: { storage: data.storage.size } },
          },
        },
        lifecycle: { protect: true, retainOnDelete: true },
      },
      ...objects.map((object): Manifest => ({ object })),
    ],
  };
}

function storeKeys(upload: Upload): Record<string, SecretExpression> {
  if (upload.kind === "none") return {};
  return {
    "access-key-id": setting("consul-snapshots.accessKeyId"),
    "secret-access-key": setting("consul-snapshots.secretAccessKey"),
  };
}

function toStore(upload: Upload): Connection[] {
  return upload.kind === "none" ? [] : [{ peer: { kind: "addresses", cidrs: upload.cidrs }, ports: [443] }];
}

const folders = { snapshots: "/snapshots", work: "/work" };

function savePod(args: SnapshotsArgs, scriptsMap: string, store: Record<string, SecretExpression>): PodTemplate {
  const { data, token, namespace } = args;
  const env = [...consulEnv(token.active), { name: "KEEP", value: String(data.keep) }];
  return pod(
    scriptsMap,
    { token: token.active.value, ...store },
    {
      initContainers: [
        shell("save", images.consul, "save.sh", env),
        ...(data.upload.kind === "none"
          ? []
          : [shell("upload", images.rclone, "upload.sh", storeEnv(data.upload, namespace))]),
      ],
      containers: [shell("record", images.consul, "record.sh", env)],
    },
  );
}

function restorePod(args: SnapshotsArgs, scriptsMap: string, store: Record<string, SecretExpression>): PodTemplate {
  const { data, setup, namespace, pullSecret, management } = args;
  const which = { name: "SNAPSHOT", value: "latest" };
  // The management token is in the servers' configuration, so that it is valid whatever the store has lost.
  const env = [...consulEnv({ secret: managementSecret, key: managementKey }), which];
  return pod(
    scriptsMap,
    { management, ...store },
    {
      imagePullSecrets: [{ name: pullSecret.secret }],
      initContainers: [
        ...(data.upload.kind === "none"
          ? []
          : [shell("fetch", images.rclone, "fetch.sh", [...storeEnv(data.upload, namespace), which])]),
        shell("restore", images.consul, "restore.sh", env),
        ...setup.first,
      ],
      containers: [setup.seed],
      volumes: setup.volumes.filter(({ name }) => name !== rootsVolume.name),
    },
  );
}

function shell(name: string, image: string, script: keyof typeof scripts, env: Container["env"] = []): Container {
  return container(name, image, room, {
    command: ["/bin/sh", `/scripts/${script}`],
    env: [
      ...env,
      { name: "SNAPSHOTS", value: folders.snapshots },
      { name: "WORK", value: folders.work },
      { name: "HOME", value: folders.work },
    ],
    volumeMounts: [
      rootsMount,
      { name: "scripts", mountPath: "/scripts", readOnly: true },
      { name: "snapshots", mountPath: folders.snapshots },
      { name: "work", mountPath: folders.work },
    ],
  });
}

/** Rclone takes a remote's settings from variables: https://rclone.org/docs/#config-file. The remote is called `store`. */
function storeEnv(upload: Exclude<Upload, { kind: "none" }>, namespace: string): NonNullable<Container["env"]> {
  const plain = {
    RCLONE_CONFIG_STORE_TYPE: "s3",
    RCLONE_CONFIG_STORE_PROVIDER: "Other",
    RCLONE_CONFIG_STORE_ENDPOINT: upload.endpoint,
    RCLONE_CONFIG_STORE_REGION: upload.region,
    // A snapshot holds the tokens.
    RCLONE_CONFIG_STORE_SERVER_SIDE_ENCRYPTION: "AES256",
    RCLONE_CONFIG_STORE_NO_CHECK_BUCKET: "true",
    RCLONE_CONFIG: "/work/rclone.conf",
    BUCKET: upload.bucket,
    PREFIX: `${namespace}/consul`,
    KEEP_DAYS: String(upload.keepDays),
  };
  const secret = (name: string, key: string) => ({ name, valueFrom: { secretKeyRef: { name: storeSecret, key } } });
  return [
    ...Object.entries(plain).map(([name, value]) => ({ name, value })),
    secret("RCLONE_CONFIG_STORE_ACCESS_KEY_ID", "access-key-id"),
    secret("RCLONE_CONFIG_STORE_SECRET_ACCESS_KEY", "secret-access-key"),
  ];
}

function pod(
  scriptsMap: string,
  secrets: Readonly<Record<string, SecretExpression>>,
  spec: NonNullable<PodTemplate["spec"]>,
): PodTemplate {
  return podTemplate({
    app,
    secrets,
    priorityClass: "suoke-batch",
    spec: {
      ...spec,
      volumes: [
        rootsVolume,
        { name: "scripts", configMap: { name: scriptsMap } },
        { name: "snapshots", persistentVolumeClaim: { claimName: volume } },
        { name: "work", emptyDir: { sizeLimit: "32Mi" } },
        ...(spec.volumes ?? []),
      ],
    },
  });
}
