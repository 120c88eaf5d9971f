import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { clientApps } from "../../components/consul/names.ts";
import { objectsOf } from "../../kubernetes/manifest.ts";
import { silent } from "../../local/progress.ts";
import { buildToolchain, programPath } from "../../local/toolchain.ts";
import { platform } from "../../stacks/platform.ts";
import { find, here } from "../support/consul/pods.ts";
import type { RenderedConsul } from "../support/consul/rendered.ts";
import { startConsul } from "../support/consul/rendered.ts";
import type { Daemon } from "../support/daemon.ts";
import { eventually, freePort, startDaemon } from "../support/daemon.ts";
import { environmentOf } from "../support/environments.ts";

const prod = environmentOf("prod");
let consul: RenderedConsul;
let exporter: Daemon | undefined;
let port: number;

beforeAll(async () => {
  await buildToolchain(["consul-exporter"], silent);
  consul = await startConsul(prod);
  const steps = await consul.run("consul-setup");
  expect(steps.at(-1)?.code, steps.at(-1)?.output).toBe(0);
  port = await freePort();
  const { args = [] } =
    find("Deployment", clientApps.exporter, objectsOf(platform(prod))).spec?.template.spec?.containers[0] ?? {};
  exporter = startDaemon({
    command: consul.program(programPath("consul-exporter", "consul_exporter")),
    // As the pod is started; only addresses and folders are this machine's.
    args: args.map((each) =>
      here(each, [["/consul/ca", join(consul.folder, "tls")]])
        .replace(/^--consul\.server=.*/, `--consul.server=https://${consul.address(undefined, "https")}`)
        .replace(/^--web\.listen-address=.*/, `--web.listen-address=127.0.0.1:${port}`),
    ),
    env: { CONSUL_HTTP_TOKEN: consul.token(clientApps.exporter) },
  });
});

afterAll(async () => {
  await exporter?.stop();
  await consul.end();
});

async function metrics(): Promise<string> {
  return eventually(`the exporter answers; it said: ${exporter?.output() ?? ""}`, async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`).catch(() => undefined);
    return answer?.ok === true && answer.text();
  });
}

describe("consul-exporter, with the token for it", () => {
  it("shows the servers and their leader", async () => {
    const text = await eventually("three peers", async () => {
      const shown = await metrics();
      return /^consul_raft_peers 3$/m.test(shown) && shown;
    });
    expect(text).toMatch(/^consul_up 1$/m);
    expect(text).toMatch(/^consul_raft_leader 1$/m);
  });

  it("shows what the platform's jobs have recorded: drift, and the last good snapshot", async () => {
    const put = (key: string, body: string) => consul.request(`/v1/kv/suoke/status/${key}`, { method: "PUT", body });
    await put("snapshot/last-success", "1790000000");
    expect((await consul.run("consul-reconcile")).at(-1)?.code).toBe(0);
    const text = await metrics();
    expect(text).toMatch(/^consul_catalog_kv\{key="suoke\/status\/snapshot\/last-success"\} 1\.79e\+09$/m);
    expect(text).toMatch(/^consul_catalog_kv\{key="suoke\/status\/kv\/drift"\} 0$/m);
    // What services are configured with is nothing for a metric.
    expect(text).not.toContain("config/auth-service");
  });
});
