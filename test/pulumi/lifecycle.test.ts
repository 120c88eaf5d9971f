import { execFileSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root, toolchainFolder } from "../../local/paths.ts";
import { loadEnvironment } from "../../stacks/load.ts";
import { platform, runningServices } from "../../stacks/platform.ts";
import type { Said } from "../support/suoke.ts";
import { suoke as run } from "../support/suoke.ts";

/** A copy of the tree, to change as an SRE would, with an embedded cluster of its own. */
let copy: string;
beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), "suoke-pulumi-"));
  const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
  });
  for (const file of files.trim().split("\n")) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(root, file), join(copy, file));
  }
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
});
afterAll(async () => {
  await suoke(["down"]);
  rmSync(copy, { recursive: true, force: true });
});

function suoke(args: readonly string[], started?: (child: ChildProcess) => void): Promise<Said> {
  return run(args, { SUOKE_TOOLCHAIN: toolchainFolder, ENGINE: "pulumi" }, started, copy);
}

function edit(file: string, from: string | RegExp, to: string): void {
  const before = readFileSync(join(copy, file), "utf8");
  const after = before.replace(from, to);
  expect(after, `${file} has nothing to replace`).not.toBe(before);
  writeFileSync(join(copy, file), after);
}

const running = runningServices(loadEnvironment("dev", root));
const services = [...running.keys()];

interface Preview {
  readonly changeSummary: Readonly<Record<string, number>>;
  readonly steps: readonly { readonly op: string; readonly urn: string }[];
}

/** What `pulumi preview` would change: counts by operation, without what stays. */
async function preview(
  stack: string,
): Promise<{ readonly summary: Readonly<Record<string, number>>; readonly changed: readonly string[] }> {
  const { code, stdout, stderr } = await suoke(["pulumi", stack, "--", "preview", "--json", "--non-interactive"]);
  expect(code, stderr + stdout).toBe(0);
  const { changeSummary, steps } = JSON.parse(stdout.slice(stdout.indexOf("{"))) as Preview;
  const { same: _, ...summary } = changeSummary;
  return {
    summary,
    changed: steps.filter(({ op }) => op !== "same").map(({ op, urn }) => `${op} ${urn.split("::").at(-1)}`),
  };
}

async function up(): Promise<void> {
  const { code, stderr, stdout } = await suoke(["up", "dev"]);
  expect(code, stderr).toBe(0);
  const [, available, workloads] = /applied by pulumi: ([0-9]+) of ([0-9]+) workloads available/.exec(stdout) ?? [];
  expect(Number(workloads), stdout).toBeGreaterThan(services.length);
  expect(available).toBe(workloads);
}

function kubectl(...args: readonly string[]): string {
  return execFileSync(
    join(copy, ".local/bin/kubectl"),
    ["--kubeconfig", join(copy, ".local/kubeconfig"), "-n", "suoke-life-dev", ...args],
    {
      encoding: "utf8",
    },
  );
}

const generations = (): Record<string, string> =>
  Object.fromEntries(
    kubectl("get", "deployments", "-o", 'jsonpath={range .items[*]}{.metadata.name}={.metadata.generation}{"\\n"}{end}')
      .trim()
      .split("\n")
      .map((line) => line.split("=") as [string, string]),
  );

/** Deployments whose template changed between two looks. */
async function rolled(change: () => Promise<void>): Promise<string[]> {
  const before = generations();
  await change();
  const after = generations();
  return Object.keys(after)
    .filter((name) => after[name] !== before[name])
    .sort();
}

describe("with the Pulumi CLI, step by step", () => {
  it("the cluster and the environment come up", up);

  it.each(["cluster", "dev"])("a preview of %s shows no change", async (stack) => {
    expect((await preview(stack)).summary).toEqual({});
  });

  it("the policy pack lets the environment pass, and refuses a program that weakens it", async () => {
    const withPack = ["pulumi", "dev", "--", "preview", "--non-interactive", "--policy-pack", "policies/pack"];
    const committed = await suoke(withPack);
    expect([committed.code, committed.stdout.includes("mandatory")], committed.stdout).toEqual([0, false]);
    // A program that does not ask the rules itself.
    edit("kubernetes/hardened.ts", "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false");
    edit("stacks/platform.ts", "refuse(findings);", "void findings;");
    const { code, stdout } = await suoke(withPack);
    edit("stacks/platform.ts", "void findings;", "refuse(findings);");
    edit("kubernetes/hardened.ts", "readOnlyRootFilesystem: false", "readOnlyRootFilesystem: true");
    expect(code, stdout).not.toBe(0);
    expect(stdout).toMatch(
      /\[mandatory\] +rules +\(kubernetes:apps\/v1:Deployment: auth-service-Deployment-auth-service\)/,
    );
    expect(stdout).toContain("[containers/read-only-root]");
  });

  it("one changed image is one update", async () => {
    const { images } = loadEnvironment("dev", root).settings;
    edit("Pulumi.dev.yaml", `auth-service: ${images["auth-service"] ?? ""}`, "auth-service: v9.9.9");
    expect((await preview("dev")).changed).toEqual(["update auth-service-Deployment-auth-service"]);
    expect(await rolled(up)).toEqual(["auth-service"]);
  });

  it("a changed configuration makes new ConfigMaps before it rolls the pods and deletes the old ones", async () => {
    edit("stacks/dev.ts", 'logLevel: "DEBUG"', 'logLevel: "INFO"');
    const { changed } = await preview("dev");
    // A service's ConfigMap is named after its content. Other systems follow in the same way: Consul holds the level too.
    for (const name of services) {
      const maps = (op: string) => changed.filter((each) => each.startsWith(`${op} ${name}-ConfigMap-${name}-config-`));
      expect([name, maps("create").length, maps("delete").length]).toEqual([name, 1, 1]);
    }
    expect(changed.filter((each) => each.includes("-Deployment-"))).toHaveLength(services.length);
    expect(await rolled(up)).toEqual(services);
    expect(serviceMaps().map((name) => name.replace(/-config-.*/, ""))).toEqual(services);
  });

  it("a rotated secret changes, and rolls its users and nobody else", async () => {
    const seed = (): string => kubectl("get", "secret", "runtime-secrets", "-o", "jsonpath={.data.python-hash-seed}");
    const before = seed();
    edit("Pulumi.dev.yaml", /$/, "  suoke-life:rotations: { python-hash-seed: 1 }\n");
    const users = services.filter((name) => running.get(name)?.runtime === "python");
    expect(users).not.toHaveLength(services.length);
    expect(await rolled(up)).toEqual(users);
    expect(seed()).not.toBe(before);
  });

  it("an up that is killed half-way is finished by the next", async () => {
    edit("stacks/dev.ts", 'logLevel: "INFO"', 'logLevel: "WARNING"');
    let started: ChildProcess | undefined;
    const killed = suoke(["up", "dev"], (child) => {
      started = child;
    });
    await expect
      // One more than each service's own: a new one is there, and the pods that take it are not all yet.
      .poll(() => serviceMaps().length, { timeout: 120_000, interval: 300 })
      .toBeGreaterThan(services.length);
    execFileSync("pkill", ["-KILL", "-f", `pulumi up.*${copy}`]);
    started?.kill("SIGKILL");
    expect((await killed).code).not.toBe(0);
    await up();
    expect((await preview("dev")).summary).toEqual({});
  });

  it("destroying is refused while data is protected, and nothing goes", async () => {
    const before = ours(kinds);
    const { code, stdout } = await suoke(destroy);
    expect(code).not.toBe(0);
    expect(stdout).toContain("because it is protected");
    expect(ours(kinds)).toEqual(before);
  });

  it("destroying what was unprotected leaves what is to be retained, and nothing else", async () => {
    expect((await suoke(["pulumi", "dev", "--", "state", "unprotect", "--all", "--yes"])).code).toBe(0);
    expect((await suoke(destroy)).code).toBe(0);
    const retained = platform(loadEnvironment("dev", root))
      .flatMap(({ manifests }) => manifests)
      .filter(({ lifecycle }) => lifecycle?.retainOnDelete === true)
      .map(({ object }) => `${object.kind} ${object.metadata.name}`);
    expect(ours(kinds)).toEqual(retained.filter((object) => /^(Secret|Cluster) /.test(object)).sort());
    await up();
  });

  it("removing the embedded environment leaves nothing but its settings, and it comes up again", async () => {
    expect((await suoke(["down", "dev"])).code).toBe(0);
    expect(ours("deployments,statefulsets,services,configmaps,secrets")).toEqual([]);
    expect(existsSync(join(copy, "Pulumi.dev.yaml"))).toBe(true);
    await up();
  });
});

const destroy = ["pulumi", "dev", "--", "destroy", "--yes", "--non-interactive", "--parallel=256"];
const kinds = "deployments,statefulsets,services,configmaps,secrets,clusters.postgresql.cnpg.io";

/** Our objects of some kinds in dev. */
function ours(kinds: string): string[] {
  const columns = "-o=custom-columns=kind:.kind,name:.metadata.name";
  return kubectl("get", kinds, "-l", "app.kubernetes.io/managed-by=suoke", "--no-headers", columns)
    .trim()
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.trim().replace(/\s+/, " "))
    .sort();
}

/** ConfigMaps that services mount, by name. */
function serviceMaps(): string[] {
  return ours("configmaps")
    .map((object) => object.replace("ConfigMap ", ""))
    .filter((name) => services.some((service) => name.startsWith(`${service}-config-`)));
}
