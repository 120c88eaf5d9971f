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
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, EnvironmentValue>>;
  readonly resources: Resources;
  /** Read-only folders from ConfigMaps: path → name. */
  readonly config: Readonly<Record<string, string>>;
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
    command: [...args.command],
    env: variables(args.env),
    resources: { requests: { ...args.resources.requests }, limits: { ...args.resources.limits } },
    ...hardenedContainer(),
    volumeMounts: [
      ...Object.keys(args.config)
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
