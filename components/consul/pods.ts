import type { SecretKey } from "../../kubernetes/handles.ts";
import { hardenedContainer, hardenedPod } from "../../kubernetes/hardened.ts";
import { labels } from "../../kubernetes/labels.ts";
import type { ObjectOf } from "../../kubernetes/manifest.ts";
import { secretsHash } from "../../kubernetes/secret-manifest.ts";
import type { SecretExpression } from "../../kubernetes/secrets.ts";
import type { PriorityClassName } from "../priorities/priorities.ts";
import { authorityName, consulApp, ports } from "./names.ts";

export type PodTemplate = NonNullable<ObjectOf<"Deployment">["spec"]>["template"];
export type PodSpec = NonNullable<PodTemplate["spec"]>;
export type Container = PodSpec["containers"][number];
export type Volume = NonNullable<PodSpec["volumes"]>[number];

/** Labels of everything that belongs to Consul, by app. */
export function consulLabels(app: string): Record<string, string> {
  return labels({ app, component: "configuration", team: "platform" });
}

/** What a container may take, as Kubernetes quantities: `[request, limit]`. */
export interface Room {
  readonly cpu: readonly [string, string];
  readonly memory: readonly [string, string];
}

/** A program that works for a moment. */
export const smallRoom: Room = { cpu: ["50m", "200m"], memory: ["64Mi", "128Mi"] };

export function container(
  name: string,
  image: string,
  room: Room,
  rest: Omit<Container, "name" | "image" | "resources" | "securityContext">,
): Container {
  const [cpu, memory] = [room.cpu, room.memory];
  return {
    name,
    image,
    imagePullPolicy: "IfNotPresent",
    resources: {
      requests: { cpu: cpu[0], memory: memory[0], "ephemeral-storage": "64Mi" },
      limits: { cpu: cpu[1], memory: memory[1], "ephemeral-storage": "128Mi" },
    },
    ...hardenedContainer(),
    ...rest,
  };
}

/** How a program of ours reaches Consul: with TLS, and with its token. */
export function consulEnv(token: Pick<SecretKey, "secret" | "key">): NonNullable<Container["env"]> {
  return [
    { name: "CONSUL_HTTP_ADDR", value: `https://${consulApp}:${ports.https}` },
    { name: "CONSUL_CACERT", value: `${rootsMount.mountPath}/ca.crt` },
    { name: "CONSUL_HTTP_TOKEN", valueFrom: { secretKeyRef: { name: token.secret, key: token.key } } },
  ];
}

/** The roots that clients trust. `consul-seed tls` fills the map; a renewed root reaches running pods. */
export const rootsVolume: Volume = { name: "roots", configMap: { name: authorityName } };
export const rootsMount = { name: "roots", mountPath: "/consul/ca", readOnly: true } as const;

export interface PodArgs {
  readonly app: string;
  /** Secrets that it uses: their rotation makes new pods. */
  readonly secrets?: Readonly<Record<string, SecretExpression>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly priorityClass: PriorityClassName;
  readonly spec: PodSpec;
}

/** A pod of an app, restricted, under the ServiceAccount of its name. */
export function podTemplate({ app, secrets = {}, annotations = {}, priorityClass, spec }: PodArgs): PodTemplate {
  const all = { ...annotations, ...secretsHash(secrets) };
  return {
    metadata: {
      labels: consulLabels(app),
      ...(Object.keys(all).length === 0 ? {} : { annotations: all }),
    },
    spec: { serviceAccountName: app, ...hardenedPod(), priorityClassName: priorityClass, ...spec },
  };
}

/** A pod that ends. It is not started again in place: each attempt keeps its own log. */
export function jobSpec(template: PodTemplate, deadlineSeconds: number): NonNullable<ObjectOf<"Job">["spec"]> {
  return {
    backoffLimit: 3,
    activeDeadlineSeconds: deadlineSeconds,
    template: { ...template, spec: { ...(template.spec as PodSpec), restartPolicy: "Never" } },
  };
}

/** The ServiceAccount of an app. None has rights but those that `cluster/` gives it by name. */
export function serviceAccount(app: string, namespace: string): ObjectOf<"ServiceAccount"> {
  return {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: app, namespace, labels: consulLabels(app) },
    automountServiceAccountToken: false,
  };
}
