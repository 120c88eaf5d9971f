import type { Resources } from "../catalogue/sizes.ts";
import type { EnvironmentValue, SecretKey } from "../kubernetes/handles.ts";
import { hardenedContainer, hardenedPod } from "../kubernetes/hardened.ts";
import type { ObjectOf } from "../kubernetes/manifest.ts";
import { byKey } from "../kubernetes/names.ts";
import { variables } from "../kubernetes/variables.ts";

type JobSpec = NonNullable<ObjectOf<"Job">["spec"]>;
type PodSpec = NonNullable<JobSpec["template"]["spec"]>;

/** A program that runs to its end. */
export interface BatchArgs {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly image: string;
  readonly pullSecret?: SecretKey;
  /** What runs instead of the image's own program, and what that is given. */
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env: Readonly<Record<string, EnvironmentValue>>;
  readonly resources: Resources;
  /** Read-only folders from ConfigMaps: path → name. */
  readonly config: Readonly<Record<string, string>>;
  /** Read-only folders from Secrets: path → name. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Seconds after which it is stopped: a job that hangs would hold up everything behind it. */
  readonly deadlineSeconds: number;
  /** Times that a failed pod is replaced. */
  readonly retries: number;
}

/**
 * The pods of a Job. What they did can be read off the Job: a deployed Job is not removed by itself, as it would be missing
 * at the next look.
 */
export function jobSpec(args: BatchArgs): JobSpec {
  return {
    backoffLimit: args.retries,
    activeDeadlineSeconds: args.deadlineSeconds,
    template: {
      metadata: { labels: { ...args.labels } },
      spec: {
        serviceAccountName: args.name,
        ...hardenedPod(),
        restartPolicy: "Never",
        priorityClassName: "suoke-batch",
        ...(args.pullSecret === undefined ? {} : { imagePullSecrets: [{ name: args.pullSecret.secret }] }),
        containers: [container(args)],
        volumes: [
          ...Object.entries(args.config)
            .sort(byKey)
            .map(([path, name]) => ({ name: volumeName(path), configMap: { name } })),
          ...Object.entries(args.secrets ?? {})
            .sort(byKey)
            .map(([path, secretName]) => ({ name: volumeName(path), secret: { secretName } })),
          { name: "tmp", emptyDir: { sizeLimit: "32Mi" } },
        ],
      },
    },
  };
}

function container(args: BatchArgs): PodSpec["containers"][number] {
  return {
    name: args.name,
    image: args.image,
    imagePullPolicy: "IfNotPresent",
    ...(args.command === undefined ? {} : { command: [...args.command] }),
    ...(args.args === undefined ? {} : { args: [...args.args] }),
    env: variables(args.env),
    resources: { requests: { ...args.resources.requests }, limits: { ...args.resources.limits } },
    ...hardenedContainer(),
    volumeMounts: [
      ...Object.keys({ ...args.config, ...args.secrets })
        .sort()
        .map((mountPath) => ({ name: volumeName(mountPath), mountPath, readOnly: true })),
      { name: "tmp", mountPath: "/tmp" },
    ],
  };
}

/** `/config/migrations/health` → `config-migrations-health`. */
function volumeName(path: string): string {
  return path.replace(/^\//, "").replaceAll("/", "-");
}
