import { copyFileSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import {
  authorityName,
  managementKey,
  managementSecret,
  serverName,
  tokensSecret,
} from "../../../components/consul/names.ts";
import { objectsOf } from "../../../kubernetes/manifest.ts";
import { silent } from "../../../local/progress.ts";
import { localSecrets } from "../../../local/secrets.ts";
import { buildToolchain, programPath } from "../../../local/toolchain.ts";
import { activeSlot } from "../../../kubernetes/secrets.ts";
import type { Environment } from "../../../stacks/environment.ts";
import { platform } from "../../../stacks/platform.ts";
import type { Daemon } from "../daemon.ts";
import { daemonFolder, eventually, startDaemon } from "../daemon.ts";
import type { Step } from "./pods.ts";
import { find, runPod, secretData } from "./pods.ts";
import type { Ports } from "./servers.ts";
import { certificates, freePorts, owned, serverCommand } from "./servers.ts";

export interface Answer {
  readonly status: number;
  readonly text: string;
  /** For the next blocking query. */
  readonly index: string;
}

export interface RequestOptions {
  readonly token?: string;
  readonly method?: string;
  readonly body?: string;
  /** Which server; the first one that runs unless given. */
  readonly server?: number;
}

/** The Consul of an environment as it is rendered: addresses, ports and folders are this machine's, the rest is as in a pod. */
export interface RenderedConsul {
  readonly folder: string;
  readonly environment: Environment<string>;
  /** The token that may do everything; of another state of the environment when one is given. */
  readonly management: (of?: Environment<string>) => string;
  /** Where its volumes of snapshots are: kept when servers lose their data. */
  readonly snapshots: string;
  readonly request: (path: string, options?: RequestOptions) => Promise<Answer>;
  /** Keys and values below a path, as the leader has them. */
  readonly tree: (path: string) => Promise<Record<string, string>>;
  /** `127.0.0.1:port` of a server, plain unless it says otherwise. */
  readonly address: (server?: number, scheme?: "http" | "https") => string;
  /** A copy of a program that the servers' user may start: the folder of the toolchain may be closed to it. */
  readonly program: (path: string) => string;
  /** Runs the pod of a Job or CronJob; of another state of the environment when one is given. */
  readonly run: (job: string, options?: RunOptions) => Promise<Step[]>;
  /** The active token of a service or role. */
  readonly token: (service: string, of?: Environment<string>) => string;
  /** Index of the leader; waits for one. */
  readonly leader: () => Promise<number>;
  readonly start: (server: number, of?: Environment<string>) => void;
  readonly stop: (server: number, signal?: NodeJS.Signals) => Promise<void>;
  /** Ends all servers and forgets what they had. */
  readonly loseEverything: () => Promise<void>;
  readonly end: () => Promise<void>;
}

export interface RunOptions {
  readonly environment?: Environment<string>;
  readonly env?: Readonly<Record<string, string>>;
  /** How long our program tries while nobody answers. */
  readonly patience?: string;
}

/** Starts the servers of an environment and waits for a leader. Nothing is in it but what the servers' own configuration says. */
export async function startConsul(environment: Environment<string>): Promise<RenderedConsul> {
  await buildToolchain(["consul", "consul-seed"], silent);
  const { path: folder, remove } = daemonFolder("consul");
  const components = platform(environment);
  const objects = objectsOf(components);
  // One file for all states of the environment: a secret that is there already keeps its value.
  const secretsOf = (of: Environment<string>) => localSecrets(join(folder, "secrets/values.json"), platform(of));
  const aroundOf = (of = environment) => ({ objects: objectsOf(platform(of)), secretValue: secretsOf(of) });
  const management = (of = environment): string => secretData(managementSecret, aroundOf(of))[managementKey] ?? "";
  const ownManagement = management();
  const tls = join(folder, "tls");
  const program = (path: string): string => {
    copyFileSync(path, join(folder, basename(path)));
    return join(folder, basename(path));
  };
  const binary = program(programPath("consul", "consul"));
  const snapshots = join(folder, "snapshots");
  mkdirSync(snapshots);
  await certificates(objects, tls);

  const set = find("StatefulSet", serverName, objects);
  const ports = await Promise.all(Array.from({ length: set.spec?.replicas ?? 1 }, freePorts));
  const command = serverCommand({ folder, tls, ports });
  const running = new Map<number, Daemon>();
  const start = (server: number, of = environment): void => {
    const { args, data } = command(server, aroundOf(of));
    if (!existsSync(data)) owned(data);
    running.set(server, startDaemon({ command: binary, args }));
  };
  const stop = async (server: number, signal: NodeJS.Signals = "SIGKILL"): Promise<void> => {
    await running.get(server)?.stop(signal);
    running.delete(server);
  };
  const portsOf = (server = [...running.keys()][0] ?? 0): Ports => {
    const found = ports[server];
    if (found === undefined) throw new Error(`There is no server ${server}.`);
    return found;
  };
  const address = (server?: number, scheme: "http" | "https" = "http"): string =>
    `127.0.0.1:${portsOf(server)[scheme]}`;
  const request = async (path: string, options: RequestOptions = {}): Promise<Answer> => {
    const { token = ownManagement, method = "GET", body } = options;
    const response = await fetch(`http://${address(options.server)}${path}`, {
      method,
      headers: { "X-Consul-Token": token },
      ...(body === undefined ? {} : { body }),
    });
    return {
      status: response.status,
      text: await response.text(),
      index: response.headers.get("X-Consul-Index") ?? "",
    };
  };
  const leader = (): Promise<number> =>
    eventually("a leader", async () => {
      for (const server of running.keys()) {
        const said = await request("/v1/status/leader", { server }).catch(() => undefined);
        const port = /:(\d+)"/.exec(said?.text ?? "")?.[1];
        const index = ports.findIndex((each) => String(each.server) === port);
        if (running.has(index)) return index;
      }
      return undefined;
    });
  const consul: RenderedConsul = {
    folder,
    environment,
    management,
    snapshots,
    request,
    address,
    program,
    leader,
    start,
    stop,
    tree: async (path) => {
      // A server that has just lost its leader answers neither.
      const { status, text } = await eventually("an answer", async () => {
        const answer = await request(`/v1/kv/${path}?recurse&consistent`).catch(() => undefined);
        return answer !== undefined && [200, 404].includes(answer.status) && answer;
      });
      if (status === 404) return {};
      const pairs = JSON.parse(text) as { Key: string; Value: string | null }[];
      return Object.fromEntries(pairs.map(({ Key, Value }) => [Key, Buffer.from(Value ?? "", "base64").toString()]));
    },
    run: (job, { environment: of = environment, env = {}, patience } = {}) =>
      runPod(
        job,
        {
          ...aroundOf(of),
          folder,
          folders: {
            [`ConfigMap ${authorityName}`]: tls,
            "PersistentVolumeClaim consul-snapshots": snapshots,
          },
          env: { CONSUL_HTTP_ADDR: `https://${address(undefined, "https")}`, ...env },
          path: folder,
        },
        patience === undefined ? [] : [`-patience=${patience}`],
      ),
    token: (service, of = environment) => {
      const slot = activeSlot(
        of.settings.rotations[service.startsWith("consul-") ? service : `consul-${service}`] ?? 0,
      ).slot;
      return secretData(tokensSecret, aroundOf(of))[`${service}.${slot}`] ?? "";
    },
    loseEverything: async () => {
      for (const server of [...running.keys()]) await stop(server);
      for (let server = 0; server < ports.length; server++) {
        rmSync(command(server, aroundOf()).data, { recursive: true, force: true });
      }
    },
    end: async () => {
      for (const server of [...running.keys()]) await stop(server);
      remove();
    },
  };
  ports.forEach((_, server) => start(server));
  await leader().catch(async (error: unknown) => {
    const output = [...running.values()].map((daemon) => daemon.output().slice(-2000)).join("\n");
    await consul.end();
    throw new Error(`Consul elected no leader:\n${output}`, { cause: error });
  });
  return consul;
}
