import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { KubernetesObject, ObjectOf } from "../../../kubernetes/manifest.ts";
import type { SecretExpression } from "../../../kubernetes/secrets.ts";
import { isSecret } from "../../../kubernetes/secrets.ts";
import type { Ended } from "../../../local/process.ts";
import { runProgram } from "../../../local/process.ts";
import type { Daemon } from "../daemon.ts";
import { startDaemon } from "../daemon.ts";

export type PodSpec = NonNullable<NonNullable<ObjectOf<"StatefulSet">["spec"]>["template"]["spec"]>;
type Container = PodSpec["containers"][number];

/** Where pods run as processes of this machine: what is rendered for them, with other addresses and paths. */
export interface Host {
  readonly objects: readonly KubernetesObject[];
  /** Folder of all pods; each has one of its own in it, which stands for `/`. */
  readonly folder: string;
  /** Where the programs of the images are, and what these need. */
  readonly env: Readonly<Record<string, string>>;
  readonly valueOf: (expression: SecretExpression) => string;
  /** Puts this machine's addresses and ports in the place of the cluster's, in a text that the pod of that name reads. */
  readonly translate: (text: string, podName: string) => string;
}

/** A pod of which every container is a process. */
export interface Pod {
  readonly name: string;
  readonly container: (name: string) => Daemon;
  /** Starts a container again that has ended, as the kubelet would. */
  readonly restart: (name: string) => void;
  /** Runs a command in a container: a probe, a hook, or a person's. */
  readonly exec: (name: string, command: readonly string[], limit?: number) => Promise<Ended>;
  readonly isReady: () => Promise<boolean>;
  /** What all of its containers have said. */
  readonly output: () => string;
  /** What its Secrets and ConfigMaps hold now, as the kubelet brings changes to a running pod. */
  readonly refresh: (objects: readonly KubernetesObject[]) => void;
  readonly stop: () => Promise<void>;
}

/** Runs a pod of that name. One that is only prepared has its files, and nothing runs in it. */
export function startPod(host: Host, spec: PodSpec, name: string, { run = true } = {}): Pod {
  const folder = join(host.folder, name);
  const paths = spec.containers.flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ mountPath }) => mountPath));
  const mounted = new RegExp(`(?<![\\w/])(${[...new Set(paths)].join("|")})(?=[/"\\s]|$)`, "gm");
  const local = (text: string): string => host.translate(text, name).replaceAll(mounted, (path) => join(folder, path));
  const container = (wanted: string): Container => {
    const found = spec.containers.find((each) => each.name === wanted);
    if (found === undefined) throw new Error(`Pod ${name} has no container ${wanted}.`);
    return found;
  };
  const env = (of: Container): Record<string, string> => ({
    ...host.env,
    ...Object.fromEntries((of.env ?? []).map((variable) => [variable.name, local(valueOf(host, variable, name))])),
  });
  const start = (of: Container): Daemon => {
    const [command = "", ...args] = [...(of.command ?? []), ...(of.args ?? [])].map(local);
    return startDaemon({ command, args, env: env(of) });
  };
  writeVolumes(host, spec, folder, local);
  const running = new Map(run ? spec.containers.map((each) => [each.name, start(each)]) : []);
  const exec: Pod["exec"] = (of, command, limit = 60) => {
    const [program = "", ...args] = command.map(local);
    return runProgram({ command: program, args, env: env(container(of)), limit });
  };
  return {
    name,
    container: (wanted) => {
      const daemon = running.get(wanted);
      if (daemon === undefined) throw new Error(`Pod ${name} has no container ${wanted}.`);
      return daemon;
    },
    restart: (wanted) => void running.set(wanted, start(container(wanted))),
    exec,
    isReady: async () => {
      const probes = spec.containers.flatMap(({ name: of, readinessProbe }) =>
        readinessProbe?.exec?.command === undefined ? [] : [exec(of, readinessProbe.exec.command)],
      );
      return (await Promise.all(probes)).every(({ code }) => code === 0);
    },
    output: () => [...running.values()].map((daemon) => daemon.output()).join(""),
    refresh: (objects) => writeVolumes({ ...host, objects }, spec, folder, local),
    stop: async () => {
      await Promise.all([...running.values()].map((daemon) => daemon.stop("SIGKILL")));
    },
  };
}

type Variable = NonNullable<Container["env"]>[number];

function valueOf(host: Host, { name, value, valueFrom }: Variable, podName: string): string {
  if (value !== undefined) return value;
  if (valueFrom?.fieldRef?.fieldPath === "metadata.name") return podName;
  const { name: secret = "", key = "" } = valueFrom?.secretKeyRef ?? {};
  const found = dataOf(host, "Secret", secret)[key];
  if (found === undefined) throw new Error(`${name} comes from Secret ${secret}, key ${key}, which is not there.`);
  return found;
}

function dataOf(host: Host, kind: "ConfigMap" | "Secret", name: string): Record<string, string> {
  const object = host.objects.find((each) => each.kind === kind && each.metadata.name === name);
  if (object?.kind === "ConfigMap") return { ...object.data };
  if (object?.kind !== "Secret") throw new Error(`There is no ${kind} ${name}.`);
  return Object.fromEntries(
    Object.entries(object.stringData).map(([key, value]) => [key, isSecret(value) ? host.valueOf(value) : value]),
  );
}

/** Files of ConfigMaps and Secrets below each place that they are mounted at, and empty folders for the rest. */
function writeVolumes(host: Host, spec: PodSpec, folder: string, local: (text: string) => string): void {
  const files = (volumeName: string): Record<string, string> => {
    const volume = (spec.volumes ?? []).find(({ name }) => name === volumeName);
    if (volume?.configMap !== undefined) return dataOf(host, "ConfigMap", volume.configMap.name ?? "");
    if (volume?.secret === undefined) return {};
    const data = dataOf(host, "Secret", volume.secret.secretName ?? "");
    const items = volume.secret.items ?? Object.keys(data).map((key) => ({ key, path: key }));
    return Object.fromEntries(items.map(({ key, path }) => [path, data[key] ?? ""]));
  };
  for (const { volumeMounts = [] } of spec.containers) {
    for (const { name, mountPath, readOnly } of volumeMounts) {
      const target = join(folder, mountPath);
      mkdirSync(target, { recursive: true });
      // The servers may run as another user than the test.
      if (readOnly !== true) chmodSync(target, 0o777);
      for (const [path, content] of Object.entries(files(name))) {
        const file = join(target, path);
        mkdirSync(dirname(file), { recursive: true });
        // A file that changes is a new one, as with the kubelet: nobody ever reads half of it.
        rmSync(file, { force: true });
        writeFileSync(file, local(content), { mode: 0o644 });
      }
    }
  }
}
