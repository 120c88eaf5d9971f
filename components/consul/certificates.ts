import { pinnedImages, withoutDigest } from "../exemptions.ts";
import type { SecretKey } from "../../kubernetes/handles.ts";
import type { Component, KubernetesObject, Manifest, Metadata, ObjectOf } from "../../kubernetes/manifest.ts";
import { shortHash } from "../../kubernetes/names.ts";
import type { Connection } from "../../kubernetes/network.ts";
import { authorityName, certificatesApp, components, consulApp, serverCertificate, serverName } from "./names.ts";
import { networkPolicy } from "./network.ts";
import type { PodTemplate } from "./pods.ts";
import { consulLabels, container, jobSpec, podTemplate, serviceAccount, smallRoom } from "./pods.ts";

export interface CertificatesArgs {
  readonly namespace: string;
  readonly toolsImage: string;
  readonly pullSecret: SecretKey;
  /** The Kubernetes API server. */
  readonly kubeApi: Connection;
}

/**
 * The servers' certificates. A Job makes them before the servers start, and once a day renews what is near its end
 * (docs/adr/0015-consuls-certificates.md). It fills two Secrets and a ConfigMap that are declared empty, so that it needs no right to create any.
 */
export function certificates(args: CertificatesArgs): Component {
  const { namespace, kubeApi } = args;
  const meta = (name: string): Metadata => ({ name, namespace, labels: consulLabels(certificatesApp) });
  const template = podOf(args);
  const objects: KubernetesObject[] = [
    serviceAccount(certificatesApp, namespace),
    networkPolicy(certificatesApp, namespace, { egress: [kubeApi] }),
    { apiVersion: "v1", kind: "ConfigMap", metadata: meta(authorityName), data: {} },
    {
      apiVersion: "batch/v1",
      kind: "Job",
      // A Job's pod cannot be changed: another program or other names are another Job.
      metadata: meta(`${certificatesApp}-${shortHash(JSON.stringify(template))}`),
      spec: jobSpec(template, 600),
    },
    {
      apiVersion: "batch/v1",
      kind: "CronJob",
      metadata: meta(certificatesApp),
      spec: {
        schedule: "17 3 * * *",
        concurrencyPolicy: "Forbid",
        startingDeadlineSeconds: 3600,
        successfulJobsHistoryLimit: 1,
        failedJobsHistoryLimit: 3,
        jobTemplate: { spec: jobSpec(template, 600) },
      },
    },
  ];
  return {
    type: "suoke:configuration:ConsulCertificates",
    exemptions: [
      pinnedImages,
      withoutDigest,
      {
        rule: "pods/token",
        reason: "It keeps the certificates in Secrets through the API; cluster/ binds its account to exactly those.",
        until: "2027-11-30",
      },
    ],
    name: components.certificates,
    dependsOn: [args.pullSecret.component],
    manifests: [
      ...[authorityName, serverCertificate].map((name) => filledLater(meta(name))),
      ...objects.map((object): Manifest => ({ object })),
    ],
  };
}

/** Kept when its stack goes: whoever holds a certificate of this root goes on trusting it. */
function filledLater(metadata: Metadata): Manifest {
  const object: ObjectOf<"Secret"> = { apiVersion: "v1", kind: "Secret", metadata, type: "Opaque", stringData: {} };
  return { object, lifecycle: { retainOnDelete: true } };
}

/** Every name by which a pod of the namespace or the cluster may call a server. */
export function serverHosts(namespace: string): string[] {
  return [consulApp, serverName].flatMap((name) => [
    name,
    `${name}.${namespace}`,
    `${name}.${namespace}.svc`,
    `${name}.${namespace}.svc.cluster.local`,
  ]);
}

function podOf({ namespace, toolsImage, pullSecret }: CertificatesArgs): PodTemplate {
  return podTemplate({
    app: certificatesApp,
    priorityClass: "suoke-data",
    spec: {
      // It talks to the Kubernetes API: with the rights to these objects, by name (cluster/).
      automountServiceAccountToken: true,
      imagePullSecrets: [{ name: pullSecret.secret }],
      containers: [
        container("tls", toolsImage, smallRoom, {
          command: [
            "/consul-seed",
            "tls",
            `-datacenter=${namespace}`,
            `-hosts=${serverHosts(namespace).join(",")}`,
            `-authority=${authorityName}`,
            `-bundle=${authorityName}`,
            `-server=${serverCertificate}`,
          ],
        }),
      ],
    },
  });
}
