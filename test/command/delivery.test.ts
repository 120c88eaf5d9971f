import { appendFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Fork } from "../support/fork.ts";
import { fork } from "../support/fork.ts";
import { listen } from "../support/gateway.ts";

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;

// Each test has services of its own, so that none builds on what another has left.
let repository: Fork;
beforeAll(() => {
  repository = fork();
});
afterAll(() => repository.remove());

/** `images.<service>` of an environment at a revision of the remote. */
function imageAt(clone: Fork, branch: string, environment: string, service: string): string | undefined {
  clone.git("fetch", "--quiet", "origin", branch);
  const text = clone.git("show", `FETCH_HEAD:Pulumi.${environment}.yaml`);
  return new RegExp(`^ {4}${service}: (.*)$`, "m").exec(text)?.[1];
}

/** Records a deployment of the tip of `main` in staging. */
async function deployed(clone: Fork, result: "healthy" | "failed"): Promise<void> {
  clone.git("pull", "--quiet", "--ff-only");
  const said = await clone.suoke(["ledger", "record", "staging", "--result", result]);
  expect([said.code, said.stderr]).toEqual([0, ""]);
}

// Each command starts Node, renders all environments and talks to git.
describe("./suoke image set", { timeout: 240_000 }, () => {
  it("commits the digest with everything that follows from it, and where it comes from", async () => {
    const clone = repository.clone("develop");
    const args = ["image", "set", "auth-service", digest("a"), "--env", "dev", "--push"];
    const from = ["--source", "identity/auth-service@1a2b3c4", "--committed-at", "2027-01-02T08:00:00+08:00"];
    const { code, stdout, stderr } = await clone.suoke([...args, ...from]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(new RegExp(`auth-service \\S+ → ${digest("a")} in dev`));
    expect(imageAt(clone, "develop", "dev", "auth-service")).toBe(digest("a"));
    expect(clone.git("log", "-1", "--format=%B")).toContain(
      "Suoke-Source-Committed-At: auth-service=2027-01-02T00:00:00.000Z",
    );
    expect(clone.git("show", "--name-only", "--format=").split("\n")).toEqual([
      "Pulumi.dev.yaml",
      "test/golden/dev/auth-service.yaml",
    ]);
    expect((await clone.suoke(["generate", "--check"])).code).toBe(0);
    expect((await clone.suoke(args)).stdout).toContain("runs auth-service sha256:aaa");
  });

  it("keeps what others push meanwhile, also when several pipelines push at once", async () => {
    const services = ["auth-service", "user-service", "soer-service"];
    const clones = services.map(() => repository.clone("develop"));
    const said = await Promise.all(
      clones.map((clone, index) =>
        clone.suoke(["image", "set", services[index] ?? "", digest("b"), "--env", "dev", "--push"]),
      ),
    );
    expect(said.map(({ code, stderr }) => [code, stderr])).toEqual(services.map(() => [0, ""]));
    expect(services.map((service) => imageAt(repository, "develop", "dev", service))).toEqual(
      services.map(() => digest("b")),
    );
  });

  it("refuses what it cannot do with the reason, and changes nothing", async () => {
    const clone = repository.clone("develop");
    const set = (...args: readonly string[]) => clone.suoke(["image", "set", ...args]);
    const wrong = await Promise.all([
      set("auth-servise", digest("c"), "--env", "dev"),
      set("auth-service", digest("c"), "--env", "production"),
      set("consultation-service", digest("c"), "--env", "dev"),
      set("auth-service", digest("c"), "--env", "dev", "--committed-at", "yesterday"),
    ]);
    expect(wrong.map(({ code }) => code)).toEqual([2, 2, 2, 2]);
    expect(wrong.map(({ stderr }) => stderr.split("\n")[0])).toEqual([
      'dev runs no service "auth-servise". Did you mean "auth-service"?',
      expect.stringContaining('There is no environment "production".'),
      expect.stringContaining('dev runs no service "consultation-service".'),
      expect.stringContaining('"yesterday" is no time'),
    ]);
    const latest = await set("auth-service", "latest", "--env", "dev");
    expect([latest.code, latest.stderr]).toEqual([1, expect.stringContaining("latest is not allowed")]);
    expect(clone.git("status", "--porcelain")).toBe("");
    appendFileSync(join(clone.tree, "Pulumi.dev.yaml"), "# mine\n");
    const dirty = await set("auth-service", digest("c"), "--env", "dev");
    expect([dirty.code, dirty.stderr]).toEqual([
      2,
      "Pulumi.dev.yaml has changes that are not committed. Commit or stash them first.\n",
    ]);
  });

  it("changes nothing when git takes no commit, such as by a hook", async () => {
    const clone = repository.clone("develop");
    writeFileSync(join(clone.tree, ".git/hooks/pre-commit"), "#!/bin/sh\necho no commits today >&2\nexit 1\n", {
      mode: 0o755,
    });
    const { code, stderr } = await clone.suoke(["image", "set", "auth-service", digest("d"), "--env", "dev"]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("no commits today")]);
    expect(clone.git("status", "--porcelain")).toBe("");
  });

  it("says that nothing was changed when the remote does not answer", async () => {
    const clone = repository.clone("develop");
    clone.git("remote", "set-url", "origin", join(clone.tree, "nowhere"));
    const { code, stderr } = await clone.suoke(["image", "set", "auth-service", digest("d"), "--env", "dev", "--push"]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("origin could not be asked for develop")]);
    expect(clone.git("status", "--porcelain")).toBe("");
  });
});

describe("./suoke rotate", { timeout: 240_000 }, () => {
  it("raises rotations, and refuses what rotates nothing", async () => {
    const clone = repository.clone("develop");
    const args = ["rotate", "dev", "registry", "python-hash-seed", "--push"];
    const { code, stdout, stderr } = await clone.suoke(args);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain("registry: 0 → 1\npython-hash-seed: 0 → 1\n");
    clone.git("fetch", "--quiet", "origin", "develop");
    expect(clone.git("show", "FETCH_HEAD:Pulumi.dev.yaml")).toMatch(
      /suoke-life:rotations:\n {4}python-hash-seed: 1\n {4}registry: 1$/,
    );
    const unknown = await clone.suoke(["rotate", "dev", "registri"]);
    expect([unknown.code, unknown.stderr]).toEqual([
      1,
      expect.stringContaining('no secret is called "registri". Did you mean "registry"?'),
    ]);
  });
});

describe("./suoke dora", { timeout: 240_000 }, () => {
  it("sends what runs and the four measures to a push gateway, and says so when it does not answer", async () => {
    const clone = repository.clone("main");
    await deployed(clone, "healthy");
    let sent = "";
    const gateway = await listen(
      createServer((request, response) => {
        request.on("data", (chunk: Buffer) => (sent += chunk.toString()));
        request.on("end", () => response.writeHead(request.method === "PUT" ? 202 : 405).end());
      }),
    );
    try {
      const { code, stderr } = await clone.suoke(["dora", "--push-gateway", gateway.url]);
      expect([code, stderr]).toEqual([0, ""]);
      expect(sent).toMatch(/^suoke_deploy_info\{environment="staging",service="auth-service",/m);
      expect(sent).toMatch(/^suoke_delivery_failure_ratio\{environment="staging"\} /m);
    } finally {
      await gateway.close();
    }
    const down = await clone.suoke(["dora", "--push-gateway", gateway.url]);
    expect([down.code, down.stderr]).toEqual([2, expect.stringContaining("did not answer")]);
    const wrong = await clone.suoke(["dora", "--days", "many"]);
    expect([wrong.code, wrong.stderr]).toEqual([2, '"many" is no number of days (--days).\n']);
  });
});

describe("promotion and rollback", { timeout: 240_000 }, () => {
  it("let prod have only what staging has shown to work", async () => {
    const clone = repository.clone("main");
    const set = await clone.suoke(["image", "set", "auth-service", digest("1"), "--env", "staging", "--push"]);
    expect([set.code, set.stderr]).toEqual([0, ""]);
    const early = await clone.suoke(["promote", "prod", "auth-service", "--push"]);
    expect([early.code, early.stderr]).toEqual([
      2,
      "staging has not shown that auth-service works: its last version there is not in good health.\n",
    ]);
    await deployed(clone, "healthy");
    const { code, stderr } = await clone.suoke(["promote", "prod", "auth-service", "--push"]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(imageAt(clone, "main", "prod", "auth-service")).toBe(digest("1"));
    const check = await clone.suoke(["ledger", "check", "prod"]);
    expect([check.code, check.stderr.includes("auth-service"), check.stderr.includes("delivery/no-digest")]).toEqual([
      1,
      false,
      true,
    ]);
  });

  it("can be asked for as a merge request", async () => {
    const clone = repository.clone("main");
    await clone.suoke(["image", "set", "user-service", digest("1"), "--env", "staging", "--push"]);
    await deployed(clone, "healthy");
    const { code, stderr } = await clone.suoke(["promote", "prod", "--merge-request"]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(imageAt(clone, "promote-prod", "prod", "user-service")).toBe(digest("1"));
    expect(imageAt(clone, "main", "prod", "user-service")).not.toBe(digest("1"));
  });

  it("take one service back to its last good digest, withdraw the bad one, and leave the rest", async () => {
    const clone = repository.clone("main");
    for (const version of [digest("1"), digest("2")]) {
      for (const service of ["laoke-service", "xiaoke-service"]) {
        await clone.suoke(["image", "set", service, version, "--env", "staging", "--push"]);
      }
      await deployed(clone, "healthy");
    }
    const { code, stdout, stderr } = await clone.suoke([
      ...["rollback", "staging", "laoke-service", "--reason", "slow answers", "--push"],
    ]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain(`laoke-service: ${digest("2")} → ${digest("1")}`);
    expect(["laoke-service", "xiaoke-service"].map((service) => imageAt(clone, "main", "staging", service))).toEqual([
      digest("1"),
      digest("2"),
    ]);
    const shown = await clone.suoke(["ledger", "show", "staging"]);
    expect(shown.stdout).toContain("withdrawn  laoke-service sha256:222222222222");
    const again = await clone.suoke(["promote", "prod", "laoke-service"]);
    expect(again.stderr).toContain("staging has not shown that laoke-service works");
  });

  it("take a whole environment back to its last good settings, and say what stays", async () => {
    const clone = repository.clone("main");
    clone.git("pull", "--quiet", "--ff-only");
    await deployed(clone, "healthy");
    const before = clone.git("show", "HEAD:Pulumi.staging.yaml");
    await clone.suoke(["image", "set", "soer-service", digest("3"), "--env", "staging", "--push"]);
    await deployed(clone, "failed");
    const { code, stdout, stderr } = await clone.suoke(["rollback", "staging", "--push"]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^Roll staging back to [0-9a-f]{7} \(healthy at /);
    expect(clone.git("show", "HEAD:Pulumi.staging.yaml")).toBe(before);
  });

  it("say so when nothing good is known", async () => {
    const { code, stderr } = await repository.clone("main").suoke(["rollback", "prod"]);
    expect([code, stderr]).toEqual([
      2,
      "The ledger knows no other state of prod that was healthy. See ./suoke ledger show prod\n",
    ]);
  });
});
