import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { unpackDebian } from "../../local/debian.ts";
import { root } from "../../local/paths.ts";
import { runProgram } from "../../local/process.ts";
import type { Environment } from "../../stacks/environment.ts";
import type { RenderedConsul } from "../support/consul/rendered.ts";
import { startConsul } from "../support/consul/rendered.ts";
import { environmentOf } from "../support/environments.ts";

const dev = environmentOf("dev");
let consul: RenderedConsul;

beforeAll(async () => {
  consul = await startConsul(dev);
  const steps = await consul.run("consul-setup");
  expect(steps.at(-1)?.code, steps.at(-1)?.output).toBe(0);
});

afterAll(() => consul.end());

/** A Python with python-consul and PyYAML. */
const packages = [
  ...["python3-consul", "python3-yaml", "python3-requests", "python3-six", "python3-urllib3", "python3-certifi"],
  ...["python3-chardet", "python3-idna", "libyaml-0-2"],
  ...["python3.11-minimal", "libpython3.11-minimal", "libpython3.11-stdlib"],
];

describe("the plan's ConfigManager, with python-consul", () => {
  it("reads its service's YAML with what the pod's variables say, is denied another's, and is woken by a change", async () => {
    const { root: python, env } = await unpackDebian(packages);
    const quieter: Environment = { ...dev, data: { ...dev.data, logLevel: "WARNING" } };
    let changed: Promise<unknown> = Promise.resolve();
    const { code, output } = await runProgram({
      command: join(python, "usr/bin/python3.11"),
      args: [join(root, "test/support/consul/config_manager.py"), "auth-service"],
      env: {
        ...env,
        // As the pod has them; only the address is this machine's.
        CONSUL_HTTP_ADDR: consul.address(),
        CONSUL_HTTP_TOKEN: consul.token("auth-service"),
      },
      limit: 120,
      onLine: (line) => {
        if (line === "watching") changed = consul.run("consul-setup", { environment: quieter });
      },
    });
    await changed;
    expect(output.split("\n")).toEqual([
      "database {'name': 'auth', 'replicaUrls': {'env': 'DATABASE_REPLICA_URLS', 'key': 'auth-db-ro-urls', " +
        "'secret': 'database-secret'}, 'url': {'env': 'DATABASE_URL', 'key': 'auth-db-url', 'secret': 'database-secret'}}",
      "other ACLPermissionDenied",
      "watching",
      "woken",
      "",
    ]);
    expect(code).toBe(0);
  });
});
