import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { objectsOf } from "../../kubernetes/manifest.ts";
import { silent } from "../../local/progress.ts";
import { buildToolchain, programPath } from "../../local/toolchain.ts";
import { platform } from "../../stacks/platform.ts";
import type { Daemon } from "../support/daemon.ts";
import { daemonFolder, eventually, freePort, startDaemon } from "../support/daemon.ts";
import { environmentOf } from "../support/environments.ts";
import type { Stub } from "../support/gateway.ts";
import { listen } from "../support/gateway.ts";
import { renderedFile } from "../support/metrics/rules.ts";

// Three real Alertmanagers as prod renders them, on this machine's loopback in place of three pods.

const components = platform(environmentOf("prod"));
const peers = [0, 1, 2];
const folder = daemonFolder("alertmanagers");
const told: string[] = [];
let stub: Stub;
let urls: readonly string[] = [];
let daemons: readonly Daemon[] = [];

/** What the pod gives the program for its peers, with addresses of this machine. */
function clusterArguments(self: number, gossip: readonly number[]): string[] {
  const set = objectsOf(components).find(
    ({ kind, metadata }) => kind === "StatefulSet" && metadata.name === "alertmanager",
  );
  const args = set?.kind === "StatefulSet" ? (set.spec?.template.spec?.containers[0]?.args ?? []) : [];
  const at = (peer: number): string => `127.0.0.1:${gossip[peer] ?? 0}`;
  return args
    .filter((arg) => arg.startsWith("--cluster."))
    .map((arg) =>
      arg
        .replace(/alertmanager-(\d)\.[a-z0-9.-]+:9094/, (_, peer: string) => at(Number(peer)))
        .replace(/(0\.0\.0\.0|\$\(POD_IP\)):9094/, at(self)),
    );
}

beforeAll(async () => {
  await buildToolchain(["alertmanager"], silent);
  stub = await listen(
    createServer((request, response) => {
      request
        .on("data", () => undefined)
        .on("end", () => {
          told.push(request.url ?? "");
          response.end();
        });
    }),
  );
  const file = (name: string): string =>
    renderedFile(components, "alertmanager", name)
      .replaceAll("/etc/alertmanager/config", folder.path)
      .replaceAll("/etc/alertmanager/receivers", join(folder.path, "receivers"))
      // The release that can be built knows no payloads of chats.
      .replaceAll(/^( *)payload:\n(?:\1 +.*\n)+/gm, "");
  writeFileSync(join(folder.path, "suoke.tmpl"), file("suoke.tmpl"));
  writeFileSync(join(folder.path, "alertmanager.yml"), file("alertmanager.yml"));
  mkdirSync(join(folder.path, "receivers"));
  for (const name of ["on-call", "on-call-chat", "agents-chat", "dead-mans-switch"])
    writeFileSync(join(folder.path, "receivers", name), `${stub.url}/${name}`);
  const ports = await Promise.all([...peers, ...peers].map(() => freePort()));
  const [http, gossip] = [ports.slice(0, 3), ports.slice(3)];
  urls = http.map((port) => `http://127.0.0.1:${port}`);
  // The user that runs it may not be let into the folder of the toolchain.
  const command = join(folder.path, "alertmanager");
  copyFileSync(programPath("alertmanager", "alertmanager"), command);
  daemons = peers.map((peer) =>
    startDaemon({
      command,
      args: [
        `--config.file=${join(folder.path, "alertmanager.yml")}`,
        `--storage.path=${join(folder.path, `data-${peer}`)}`,
        `--web.listen-address=127.0.0.1:${http[peer] ?? 0}`,
        ...clusterArguments(peer, gossip),
        // How long each waits for those before it; fifteen seconds unless told.
        "--cluster.peer-timeout=5s",
      ],
      cwd: folder.path,
    }),
  );
});
afterAll(async () => {
  await Promise.all(daemons.map((daemon) => daemon.stop("SIGKILL")));
  await stub.close();
  folder.remove();
});

describe("three Alertmanagers as prod renders them", () => {
  it("find each other, and tell once of what all of them are told", async () => {
    const agreed = async (url: string): Promise<boolean> => {
      const answer = await fetch(`${url}/api/v2/status`).catch(() => undefined);
      const { cluster } = (await answer?.json()) as { cluster: { status: string; peers?: readonly object[] } };
      return cluster.status === "ready" && cluster.peers?.length === 3;
    };
    for (const [peer, url] of urls.entries()) {
      await eventually(`Alertmanager ${peer} has two peers`, () => {
        const daemon = daemons[peer];
        if (daemon?.running() !== true) throw new Error(`It ended: ${daemon?.output().slice(-2000) ?? ""}`);
        return agreed(url).catch(() => false);
      });
    }
    const alert = {
      labels: { alertname: "ServiceDown", severity: "critical", environment: "prod", team: "identity", service: "a" },
    };
    const headers = { "content-type": "application/json" };
    for (const url of urls)
      await fetch(`${url}/api/v2/alerts`, { method: "POST", headers, body: JSON.stringify([alert]) });
    await eventually("it is told of", () => told.includes("/on-call"), 60);
    // The others wait their turn, and find that it has been said.
    await wait(20_000);
    expect(told.sort()).toEqual(["/on-call", "/on-call-chat"]);
  });
});
