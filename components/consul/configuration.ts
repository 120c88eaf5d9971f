import { pinnedImages, secretVariables, withoutDigest } from "../exemptions.ts";
import type { SecretKey } from "../../kubernetes/handles.ts";
import type { Component, KubernetesObject, Manifest, Metadata, ObjectOf } from "../../kubernetes/manifest.ts";
import { contentHash, shortHash } from "../../kubernetes/names.ts";
import { secretManifest } from "../../kubernetes/secret-manifest.ts";
import type { SecretExpression } from "../../kubernetes/secrets.ts";
import type { AccessPlan } from "./access.ts";
import type { ServiceDocuments } from "./documents.ts";
import { kvMaps, planFile } from "./kv.ts";
import {
  clientApps,
  components,
  gossipKey,
  gossipSecret,
  managementKey,
  managementSecret,
  tokensSecret,
} from "./names.ts";
import { networkPolicy, toServers } from "./network.ts";
import type { Container, PodTemplate, Volume } from "./pods.ts";
import {
  consulEnv,
  consulLabels,
  container,
  jobSpec,
  podTemplate,
  rootsMount,
  rootsVolume,
  serviceAccount,
  smallRoom,
} from "./pods.ts";
import type { Token } from "./tokens.ts";

export interface ConfigurationArgs {
  readonly namespace: string;
  readonly toolsImage: string;
  readonly pullSecret: SecretKey;
  readonly access: AccessPlan;
  readonly tokens: readonly Token[];
  /** The token that seeds the KV store. */
  readonly seed: Token;
  readonly documents: readonly ServiceDocuments[];
  /** The servers' own secrets: a rotation of theirs is carried out here. */
  readonly secrets: Readonly<Record<string, SecretExpression>>;
}

const app = clientApps.setup;

/** How a pod of this component, or the one that restores a snapshot, brings Consul to what is declared. */
export interface Setup {
  /** Policies, tokens and gossip key, with the management token; to be run first, in this order. */
  readonly first: readonly Container[];
  readonly seed: Container;
  readonly volumes: readonly Volume[];
}

/**
 * Access control and configuration as code. A Job applies both when either changes; a CronJob undoes edits by hand and counts
 * what it leaves (`consul-seed kv -reconcile`).
 */
export function configuration(args: ConfigurationArgs): { readonly component: Component; readonly setup: Setup } {
  const { namespace, pullSecret, tokens, documents, access } = args;
  const meta = (name: string): Metadata => ({ name, namespace, labels: consulLabels(app) });
  const accessMap = `consul-acl-${contentHash(access)}`;
  const maps = kvMaps(documents);
  const configMap = (name: string, data: Readonly<Record<string, string>>): ObjectOf<"ConfigMap"> => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: meta(name),
    immutable: true,
    data: { ...data },
  });
  const setup = setupOf(args, accessMap, [...maps.keys()]);
  const slots = Object.assign({}, ...tokens.map((token) => token.slots)) as Record<string, SecretExpression>;
  const template = pod(args, [...setup.first], setup.seed, setup.volumes, { ...slots, ...args.secrets });
  const objects: KubernetesObject[] = [
    serviceAccount(app, namespace),
    networkPolicy(app, namespace, { egress: [toServers] }),
    configMap(accessMap, access),
    ...[...maps].map(([name, files]) => configMap(name, files)),
    {
      apiVersion: "batch/v1",
      kind: "Job",
      // A Job's pod cannot be changed: whatever differs is another Job, and so is applied.
      metadata: meta(`${app}-${shortHash(JSON.stringify(template))}`),
      // Three attempts that each wait five minutes for a server.
      spec: jobSpec(template, 1200),
    },
    {
      apiVersion: "batch/v1",
      kind: "CronJob",
      metadata: meta("consul-reconcile"),
      spec: {
        schedule: "*/10 * * * *",
        concurrencyPolicy: "Forbid",
        startingDeadlineSeconds: 300,
        successfulJobsHistoryLimit: 1,
        failedJobsHistoryLimit: 3,
        jobTemplate: { spec: jobSpec(reconcilePod(args, [...maps.keys()]), 540) },
      },
    },
  ];
  return {
    component: {
      type: "suoke:configuration:ConsulConfiguration",
      exemptions: [
        pinnedImages,
        withoutDigest,
        secretVariables(
          "The consul program takes its token from a variable; on its command line every process would see it.",
        ),
      ],
      name: components.configuration,
      dependsOn: [components.servers, pullSecret.component],
      manifests: [
        secretManifest({ name: tokensSecret, namespace, labels: consulLabels(app), values: slots }),
        ...objects.map((object): Manifest => ({ object })),
      ],
    },
    setup,
  };
}

function setupOf({ toolsImage, seed }: ConfigurationArgs, accessMap: string, maps: readonly string[]): Setup {
  const management = consulEnv({ secret: managementSecret, key: managementKey });
  const mounted = (name: string) => ({ name, mountPath: `/${name}`, readOnly: true });
  return {
    first: [
      container("acl", toolsImage, smallRoom, {
        command: ["/consul-seed", "acl", "-plan=/acl", "-tokens=/tokens"],
        env: management,
        volumeMounts: [rootsMount, mounted("acl"), mounted("tokens")],
      }),
      container("keyring", toolsImage, smallRoom, {
        command: ["/consul-seed", "keyring", `-key=/gossip/${gossipKey}`],
        env: management,
        volumeMounts: [rootsMount, mounted("gossip")],
      }),
    ],
    seed: seeding(toolsImage, seed, []),
    volumes: [
      rootsVolume,
      { name: "acl", configMap: { name: accessMap } },
      { name: "tokens", secret: { secretName: tokensSecret } },
      { name: "gossip", secret: { secretName: gossipSecret } },
      documentsVolume(maps),
    ],
  };
}

function seeding(image: string, token: Token, flags: readonly string[]): Container {
  return container("kv", image, smallRoom, {
    command: ["/consul-seed", "kv", `-plan=/kv/${planFile}`, "-documents=/kv", ...flags],
    env: consulEnv(token.active),
    volumeMounts: [rootsMount, { name: "kv", mountPath: "/kv", readOnly: true }],
  });
}

/** All ConfigMaps in one folder: their files have different names. */
function documentsVolume(maps: readonly string[]): Volume {
  return { name: "kv", projected: { sources: maps.map((name) => ({ configMap: { name } })) } };
}

function reconcilePod(args: ConfigurationArgs, maps: readonly string[]): PodTemplate {
  const { toolsImage, seed } = args;
  const used = { seed: seed.active.value };
  return pod(args, [], seeding(toolsImage, seed, ["-reconcile"]), [rootsVolume, documentsVolume(maps)], used);
}

function pod(
  { pullSecret }: ConfigurationArgs,
  initContainers: Container[],
  last: Container,
  volumes: readonly Volume[],
  secrets: Readonly<Record<string, SecretExpression>>,
): PodTemplate {
  return podTemplate({
    app,
    secrets,
    priorityClass: "suoke-data",
    spec: {
      imagePullSecrets: [{ name: pullSecret.secret }],
      ...(initContainers.length === 0 ? {} : { initContainers }),
      containers: [last],
      volumes: [...volumes],
    },
  });
}
