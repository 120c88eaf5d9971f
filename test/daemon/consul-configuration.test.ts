import { load } from "js-yaml";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Json, Ownership, Service } from "../../catalogue/service.ts";
import { sleep } from "../../local/process.ts";
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

type Documents = Readonly<Record<string, { readonly ownership: Ownership; readonly value: Json }>>;

/** Prod with documents of soer-service. */
function withDocuments(documents: Documents): Environment<string> {
  const soer: Service<string> = { ...prod.catalogue["soer-service"], documents };
  return { ...prod, catalogue: { ...prod.catalogue, "soer-service": soer } };
}

const key = (name: string): string => `config/soer-service/${name}`;
const valueOf = async (name: string): Promise<unknown> => load((await consul.tree(key(name)))[key(name)] ?? "null");
const put = (path: string, body: string) => consul.request(`/v1/kv/${path}`, { method: "PUT", body });

function succeeded(steps: readonly Step[]): string {
  const failed = steps.find(({ code }) => code !== 0);
  expect(failed, failed?.output).toBeUndefined();
  return steps.map(({ output }) => output).join("");
}

async function apply(documents: Documents): Promise<string> {
  return succeeded(await consul.run("consul-setup", { environment: withDocuments(documents) }));
}

async function reconcile(documents: Documents): Promise<string> {
  return succeeded(await consul.run("consul-reconcile", { environment: withDocuments(documents) }));
}

describe("access control", () => {
  it("denies whoever has no token", async () => {
    expect((await consul.request("/v1/kv/config/auth-service/database", { token: "" })).status).toBe(403);
  });

  it("lets a service read its own prefix, not another's, and write neither", async () => {
    const token = consul.token("auth-service");
    const ask = async (path: string, method = "GET") =>
      (await consul.request(`/v1/kv/${path}`, { token, method, ...(method === "PUT" ? { body: "x" } : {}) })).status;
    expect(await ask("config/auth-service/database")).toBe(200);
    expect(await ask("config/auth-service/?recurse")).toBe(200);
    expect(await ask("config/user-service/database")).toBe(403);
    // A list of what one may not read is empty.
    expect(await ask("config/user-service/?recurse")).toBe(404);
    expect(await ask("config/auth-service/database", "PUT")).toBe(403);
    expect(await ask("config/user-service/database", "PUT")).toBe(403);
    expect((await consul.request("/v1/acl/tokens", { token })).status).toBe(403);
  });

  it("set up again changes nothing", async () => {
    const acl = (await consul.run("consul-setup")).find(({ container }) => container === "acl");
    expect(acl?.output).toContain('"changed":0');
  });

  it("set up several times at once comes to the same", async () => {
    const documents = { limits: { ownership: "restore" as const, value: 1 } };
    const environment = withDocuments(documents);
    const runs = await Promise.all([1, 2, 3].map(() => consul.run("consul-setup", { environment })));
    runs.forEach(succeeded);
    expect(await valueOf("limits")).toBe(1);
  });

  it("removes a policy and a token of ours that are no longer declared, and leaves others alone", async () => {
    const body = (value: object): { method: string; body: string } => ({ method: "PUT", body: JSON.stringify(value) });
    const policy = (Name: string) => body({ Name, Rules: 'key_prefix "" { policy = "read" }' });
    await consul.request("/v1/acl/policy", policy("suoke-former-service"));
    await consul.request("/v1/acl/policy", policy("of-somebody-else"));
    await consul.request("/v1/acl/token", body({ Description: "suoke: former-service.a" }));
    succeeded(await consul.run("consul-setup"));
    const names = (await consul.request("/v1/acl/policies")).text;
    expect(names).not.toContain("suoke-former-service");
    expect(names).toContain("of-somebody-else");
    expect((await consul.request("/v1/acl/tokens")).text).not.toContain("former-service");
  });
});

describe("configuration as code", () => {
  const limits = (value: Json, ownership: Ownership = "restore"): Documents => ({ limits: { ownership, value } });

  it("is in the store as YAML, with a marker that has the revision", async () => {
    await apply(limits({ requests: 10 }));
    expect(await valueOf("limits")).toEqual({ requests: 10 });
    const marker = JSON.parse((await consul.tree(key("")))[key("")] ?? "") as { revision: string };
    expect(marker.revision).toMatch(/^[0-9a-f]+$/);
  });

  it("seeded again changes nothing, not even an index", async () => {
    const indexes = async () => (await consul.request("/v1/kv/config/?recurse")).text;
    await apply(limits(2));
    const before = await indexes();
    await apply(limits(2));
    expect(await indexes()).toBe(before);
  });

  it("seeded by several at once is whole, whoever was last", async () => {
    const both = (value: number): Documents => ({ ...limits(value), others: { ownership: "restore", value } });
    await Promise.all(
      [1, 2, 3, 4].map(async (value) =>
        succeeded(await consul.run("consul-setup", { environment: withDocuments(both(value)) })),
      ),
    );
    expect([1, 2, 3, 4]).toContain(await valueOf("limits"));
    expect(await valueOf("others")).toBe(await valueOf("limits"));
  });

  it("loses a key that is no longer declared, and keeps one that somebody else wrote", async () => {
    await apply({ ...limits(1), former: { ownership: "restore", value: "x" } });
    await put(key("of-an-app"), "mine");
    const output = await apply(limits(1));
    expect(output).toContain("remove former");
    expect(Object.keys(await consul.tree(key(""))).sort()).toEqual(
      ["", "database", "limits", "logging", "of-an-app", "redis", "tracing"].map(key),
    );
    await consul.request(`/v1/kv/${key("of-an-app")}`, { method: "DELETE" });
  });

  it("edited by hand is reported, and restored where the repository has the last word", async () => {
    await apply(limits("declared"));
    await put(key("limits"), "by hand");
    expect(await reconcile(limits("declared"))).toMatch(
      /drift: limits was edited by somebody else.*"outcome":"restore"/,
    );
    expect(await valueOf("limits")).toBe("declared");
  });

  it("edited by hand is reported and kept where it may be, and counted for the alert", async () => {
    const documents = limits("declared", "keep");
    await apply(documents);
    await put(key("limits"), "by hand");
    expect(await reconcile(documents)).toMatch(/drift: limits was edited by somebody else.*"outcome":"left as it is"/);
    expect(await valueOf("limits")).toBe("by hand");
    expect(await consul.tree("suoke/status/kv/drift")).toEqual({ "suoke/status/kv/drift": "1" });
    await put(key("limits"), "declared\n");
    await reconcile(documents);
    expect(await consul.tree("suoke/status/kv/drift")).toEqual({ "suoke/status/kv/drift": "0" });
  });

  it("is the service's own where it says so: it gets a first value and may write it", async () => {
    const documents = limits({ first: true }, "app");
    await apply({});
    await apply(documents);
    expect(await valueOf("limits")).toEqual({ first: true });
    const token = consul.token("soer-service");
    const written = await consul.request(`/v1/kv/${key("limits")}`, { token, method: "PUT", body: "second: true\n" });
    expect(written.status).toBe(200);
    expect(await reconcile(documents)).not.toContain("drift:");
    await apply(limits({ first: "changed" }, "app"));
    expect(await valueOf("limits")).toEqual({ second: true });
  });

  it("is left alone by a reconciliation of an older revision", async () => {
    await apply(limits("new"));
    expect(await reconcile(limits("old"))).toContain("left alone: it is at another revision");
    expect(await valueOf("limits")).toBe("new");
  });

  it("wakes a blocking query of 30 seconds on the service's prefix when it changes", async () => {
    await apply(limits("before"));
    const token = consul.token("soer-service");
    const { index } = await consul.request(`/v1/kv/${key("")}`, { token });
    const waiting = consul.request(`/v1/kv/${key("")}?index=${index}&wait=30s`, { token });
    await apply(limits("after"));
    // One that nothing wakes waits for the rest of its time.
    const woken = await Promise.race([waiting, sleep(20_000)]);
    expect(woken?.status).toBe(200);
    expect(Number(woken?.index)).toBeGreaterThan(Number(index));
  });
});

describe("seeding while no server answers", () => {
  it("tries again, then fails and says that nothing is halfway", async () => {
    const environment = withDocuments({ limits: { ownership: "restore", value: 1 } });
    const steps = await consul.run("consul-reconcile", {
      environment,
      env: { CONSUL_HTTP_ADDR: "https://127.0.0.1:1" },
      patience: "2s",
    });
    const [step] = steps;
    expect(step?.code).toBe(2);
    expect(step?.output).toContain("consul does not answer yet");
    expect(step?.output).toMatch(
      /not at the declared configuration: auth-service, .*no service is halfway: .*gave up after 2s/,
    );
  });
});
