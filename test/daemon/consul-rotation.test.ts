import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Environment } from "../../stacks/environment.ts";
import type { Step } from "../support/consul/pods.ts";
import type { RenderedConsul } from "../support/consul/rendered.ts";
import { startConsul } from "../support/consul/rendered.ts";
import { environmentOf } from "../support/environments.ts";

const prod = environmentOf("prod");
let consul: RenderedConsul;

beforeAll(async () => {
  consul = await startConsul(prod);
  succeeded(await consul.run("consul-setup"));
});

afterAll(() => consul.end());

function succeeded(steps: readonly Step[]): void {
  const failed = steps.find(({ code }) => code !== 0);
  expect(failed, failed?.output).toBeUndefined();
}

/** Prod once a secret has been rotated so many times. */
function rotated(id: string, times = 1): Environment {
  return { ...prod, settings: { ...prod.settings, rotations: { ...prod.settings.rotations, [id]: times } } };
}

const reads = async (token: string): Promise<number> =>
  (await consul.request("/v1/kv/config/auth-service/database", { token })).status;

describe("rotated", () => {
  it("a service's token: the former is valid while pods roll over, and no longer after the next rotation", async () => {
    const id = "consul-auth-service";
    const [first, second, third] = [prod, rotated(id), rotated(id, 2)].map((of) => consul.token("auth-service", of));
    expect(new Set([first, second, third]).size).toBe(3);
    succeeded(await consul.run("consul-setup", { environment: rotated(id) }));
    expect([await reads(first ?? ""), await reads(second ?? "")]).toEqual([200, 200]);
    succeeded(await consul.run("consul-setup", { environment: rotated(id, 2) }));
    expect([await reads(first ?? ""), await reads(second ?? ""), await reads(third ?? "")]).toEqual([403, 200, 200]);
  });

  it("the gossip key: the new one alone is in use, and a server that starts again joins", async () => {
    const ring = async (): Promise<Record<string, number>> => {
      const { text } = await consul.request("/v1/operator/keyring");
      return (JSON.parse(text) as { Keys: Record<string, number> }[])[0]?.Keys ?? {};
    };
    const [former] = Object.keys(await ring());
    succeeded(await consul.run("consul-setup", { environment: rotated("consul-gossip") }));
    expect(Object.values(await ring())).toEqual([3]);
    expect(Object.keys(await ring())).not.toContain(former);

    await consul.stop(2, "SIGTERM");
    consul.start(2, rotated("consul-gossip"));
    await expect.poll(ring, { timeout: 60_000 }).toEqual({ [Object.keys(await ring())[0] ?? ""]: 3 });
  });

  it("the management token: servers take it up one by one, and the former is removed", async () => {
    const environment = rotated("consul-management");
    for (const server of [0, 1, 2]) {
      await consul.stop(server, "SIGTERM");
      consul.start(server, environment);
      await consul.leader();
    }
    const token = consul.management(environment);
    await expect
      .poll(async () => (await consul.request("/v1/acl/tokens", { token })).status, { timeout: 60_000 })
      .toBe(200);
    succeeded(await consul.run("consul-setup", { environment }));
    expect((await consul.request("/v1/acl/tokens", { token: consul.management() })).status).toBe(403);
    expect((await consul.request("/v1/acl/tokens", { token })).status).toBe(200);
  });
});
