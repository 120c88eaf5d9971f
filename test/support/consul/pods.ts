import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { KubernetesObject, ObjectOf } from "../../../kubernetes/manifest.ts";
import { isSecret } from "../../../kubernetes/secrets.ts";
import type { SecretExpression } from "../../../kubernetes/secrets.ts";
import { programPath } from "../../../local/toolchain.ts";
import type { Ended } from "../../../local/process.ts";
import { runProgram } from "../../../local/process.ts";

type PodSpec = NonNullable<NonNullable<ObjectOf<"Job">["spec"]>["template"]["spec"]>;
type Container = PodSpec["containers"][number];

/** What pods of a test find: objects, the values of their secrets, and folders that stand for volumes. */
export interface Surroundings {
  readonly objects: readonly KubernetesObject[];
  readonly secretValue: (expression: SecretExpression) => string;
  /** A folder of which each pod gets one of its own. */
  readonly folder: string;
  /** Folders in place of what others fill: `ConfigMap consul-ca`, `PersistentVolumeClaim consul-snapshots`. */
  readonly folders: Readonly<Record<string, string>>;
  /** Variables that are other here: addresses, above all. */
  readonly env: Readonly<Record<string, string>>;
  /** Added to PATH. */
  readonly path: string;
}

/** How a container of a pod ended. */
export interface Step extends Ended {
  readonly container: string;
}

let pods = 0;

/**
 * Runs the containers of a Job's or CronJob's pod as programs on this machine, one after the other, until one fails.
 * @param more arguments of theirs
 */
export async function runPod(name: string, surroundings: Surroundings, more: readonly string[] = []): Promise<Step[]> {
  const spec = podOf(name, surroundings.objects);
  const own = join(surroundings.folder, `pod-${++pods}`);
  const volumes = new Map((spec.volumes ?? []).map((volume) => [volume.name, materialize(volume, own, surroundings)]));
  const steps: Step[] = [];
  for (const container of [...(spec.initContainers ?? []), ...spec.containers]) {
    const mounts = (container.volumeMounts ?? []).map(
      ({ name: volume, mountPath }) => [mountPath, volumes.get(volume) ?? ""] as const,
    );
    const [command = "", ...args] = [...(container.command ?? []), ...(container.args ?? []), ...more].map((each) =>
      here(each, mounts),
    );
    const ended = await runProgram({
      command: command === "/consul-seed" ? programPath("consul-seed", "consul-seed") : command,
      args,
      cwd: own,
      env: {
        ...environment(container, mounts, surroundings),
        ...surroundings.env,
        PATH: `${surroundings.path}:${process.env["PATH"] ?? ""}`,
      },
      limit: 120,
    });
    steps.push({ container: container.name, ...ended });
    if (ended.code !== 0) break;
  }
  return steps;
}

/** The pod of the first Job or CronJob whose name begins so: a Job's ends in a hash. */
function podOf(name: string, objects: readonly KubernetesObject[]): PodSpec {
  const job = objects.find(
    ({ kind, metadata }) => (kind === "Job" || kind === "CronJob") && metadata.name.startsWith(name),
  );
  const spec = job?.kind === "CronJob" ? job.spec.jobTemplate.spec : job?.kind === "Job" ? job.spec : undefined;
  if (spec?.template.spec === undefined) throw new Error(`There is no Job or CronJob ${name}.`);
  return spec.template.spec;
}

function materialize(volume: NonNullable<PodSpec["volumes"]>[number], own: string, around: Surroundings): string {
  const folder = join(own, volume.name);
  const given = (kind: string, name: string): string | undefined => around.folders[`${kind} ${name}`];
  mkdirSync(folder, { recursive: true });
  if (volume.persistentVolumeClaim !== undefined) {
    return given("PersistentVolumeClaim", volume.persistentVolumeClaim.claimName) ?? folder;
  }
  const maps = [volume.configMap, ...(volume.projected?.sources ?? []).map(({ configMap }) => configMap)];
  for (const name of maps.flatMap((map) => map?.name ?? [])) {
    const filled = given("ConfigMap", name);
    if (filled !== undefined) return filled;
    writeFiles(folder, find("ConfigMap", name, around.objects).data ?? {});
  }
  if (volume.secret?.secretName !== undefined) writeFiles(folder, secretData(volume.secret.secretName, around));
  return folder;
}

function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}

/** The values of a rendered Secret. */
export function secretData(
  name: string,
  { objects, secretValue }: Pick<Surroundings, "objects" | "secretValue">,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(find("Secret", name, objects).stringData).map(([key, value]) => [
      key,
      isSecret(value) ? secretValue(value) : value,
    ]),
  );
}

/** A rendered object by its whole name. */
export function find<Kind extends KubernetesObject["kind"]>(
  kind: Kind,
  name: string,
  objects: readonly KubernetesObject[],
): ObjectOf<Kind> {
  const found = objects.find((object) => object.kind === kind && object.metadata.name === name);
  if (found === undefined) throw new Error(`There is no ${kind} ${name}.`);
  return found as ObjectOf<Kind>;
}

function environment(
  { env = [] }: Container,
  mounts: readonly (readonly [string, string])[],
  around: Surroundings,
): Record<string, string> {
  return Object.fromEntries(
    env.map(({ name, value, valueFrom }) => {
      const { name: secret, key } = valueFrom?.secretKeyRef ?? {};
      if (secret !== undefined && key !== undefined) return [name, secretData(secret, around)[key] ?? ""];
      return [name, here(value ?? "", mounts)];
    }),
  );
}

/** A command or variable with the folders of this machine in place of those in the container. */
export function here(text: string, mounts: readonly (readonly [path: string, folder: string])[]): string {
  const mount = mounts.find(([path]) => new RegExp(`(^|=)${path}(/|$)`).test(text));
  return mount === undefined ? text : text.replace(mount[0], mount[1]);
}
