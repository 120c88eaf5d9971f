import { chmodSync, chownSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { serverName } from "../../../components/consul/names.ts";
import { folders } from "../../../components/consul/server.ts";
import type { KubernetesObject } from "../../../kubernetes/manifest.ts";
import { runProgram } from "../../../local/process.ts";
import { programPath } from "../../../local/toolchain.ts";
import { freePort, unprivileged } from "../daemon.ts";
import { find, here, secretData } from "./pods.ts";

/** Where a server listens, by the names of its configuration. */
export interface Ports {
  readonly server: number;
  readonly serf_lan: number;
  readonly http: number;
  readonly https: number;
  readonly grpc_tls: number;
}

/** Runs the program of the certificates' Job, with a folder in place of Kubernetes. */
export async function certificates(objects: readonly KubernetesObject[], folder: string): Promise<void> {
  const job = objects.find(({ kind, metadata }) => kind === "Job" && metadata.name.startsWith("consul-certificates"));
  const command = job?.kind === "Job" ? (job.spec?.template.spec?.containers[0]?.command ?? []) : [];
  const args = [...command.slice(1), `-directory=${folder}`];
  const { code, output } = await runProgram({ command: programPath("consul-seed", "consul-seed"), args, limit: 60 });
  if (code !== 0) throw new Error(output);
  // Servers that run as another user read them, as in a pod by its group.
  for (const file of ["ca.crt", "tls.crt", "tls.key"]) chmodSync(join(folder, file), 0o644);
  chmodSync(folder, 0o755);
}

/** Ports for one server. */
export async function freePorts(): Promise<Ports> {
  const [server, serf_lan, http, https, grpc_tls] = await Promise.all([1, 2, 3, 4, 5].map(freePort));
  return { server: server ?? 0, serf_lan: serf_lan ?? 0, http: http ?? 0, https: https ?? 0, grpc_tls: grpc_tls ?? 0 };
}

/** What starts a server: the container's command, and its configuration with what differs outside of a pod. */
export function serverCommand({
  folder,
  tls,
  ports,
}: {
  readonly folder: string;
  readonly tls: string;
  readonly ports: readonly Ports[];
}): (
  server: number,
  around: Parameters<typeof secretData>[1],
) => { readonly args: readonly string[]; readonly data: string } {
  return (server, around) => {
    const { objects } = around;
    const container = find("StatefulSet", serverName, objects).spec?.template.spec?.containers[0];
    const configMap = objects.find(
      ({ kind, metadata }) => kind === "ConfigMap" && metadata.name.startsWith(serverName),
    );
    const rendered = configMap?.kind === "ConfigMap" ? (configMap.data?.["server.json"] ?? "") : "";
    const own = join(folder, `server-${server}`);
    const data = join(own, "data");
    const config = JSON.parse(rendered) as { ports: object; tls: { defaults: object } };
    const changed = {
      ...config,
      data_dir: data,
      bind_addr: "127.0.0.1",
      client_addr: "127.0.0.1",
      retry_join: ports.map(({ serf_lan }) => `127.0.0.1:${serf_lan}`),
      ports: { ...config.ports, ...ports[server] },
      tls: {
        ...config.tls,
        defaults: JSON.parse(JSON.stringify(config.tls.defaults).replaceAll(folders.tls, tls)) as object,
      },
    };
    owned(own);
    writeFileSync(join(own, "server.json"), JSON.stringify(changed));
    writeFileSync(join(own, "secrets.json"), secretData(serverName, around)["secrets.json"] ?? "");
    const args = (container?.command ?? []).slice(1).map((argument) =>
      here(argument, [
        [folders.config, own],
        [folders.secrets, own],
      ])
        .replace("$(POD_NAME)", `${serverName}-${server}`)
        .replace("$(POD_IP)", "127.0.0.1"),
    );
    return { args, data };
  };
}

/** A folder that the servers may write to. */
export function owned(path: string): void {
  mkdirSync(path, { recursive: true });
  if (unprivileged !== undefined) chownSync(path, unprivileged.uid, unprivileged.gid);
}
