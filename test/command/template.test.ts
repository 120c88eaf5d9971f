import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { root } from "../../local/paths.ts";
import type { Job } from "../support/pipeline.ts";
import { gitlab } from "../support/pipeline.ts";

// The template that applications include, in a repository of its own. Docker is a stand-in that keeps a log.

const digest = `sha256:${"e".repeat(64)}`;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "suoke-application-"));
  mkdirSync(join(folder, "templates"));
  mkdirSync(join(folder, "bin"));
  copyFileSync(join(root, "templates/application.yml"), join(folder, "templates/application.yml"));
  const git = (...args: readonly string[]): void => void execFileSync("git", [...args], { cwd: folder });
  include("service: auth-service");
  git("init", "--quiet", "--initial-branch=develop");
  git("remote", "add", "origin", "git@gitlab.example:identity/auth-service.git");
  git("add", "--all");
  git("-c", "user.name=T", "-c", "user.email=t@example.com", "commit", "--quiet", "--message=App");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function include(...inputs: readonly string[]): void {
  const lines = [
    "include:",
    "  - local: /templates/application.yml",
    "    inputs:",
    ...inputs.map((line) => `      ${line}`),
  ];
  writeFileSync(join(folder, ".gitlab-ci.yml"), ["stages: [test, build, deploy]", ...lines, ""].join("\n"));
}

/** What gitlab-ci-local asks to start the services of a job: it starts none. */
function engine(): string {
  const file = join(folder, "bin/engine");
  writeFileSync(file, '#!/bin/sh\n[ "$1 $2" != "image inspect" ] || echo "[{}]"\n');
  chmodSync(file, 0o755);
  return file;
}

/** A docker that knows of an image or not, and says this digest. */
function docker({ built, says = digest }: { readonly built: boolean; readonly says?: string }): void {
  const file = join(folder, "bin/docker");
  writeFileSync(
    file,
    [
      "#!/bin/sh",
      `echo "$*" >> ${folder}/docker.log`,
      `[ "$1" != login ] || cat > ${folder}/password`,
      `case "$*" in *--format*) echo "${says}" ;; *imagetools*) [ ${built ? "1" : "0"} = 1 ] ;; esac`,
      "",
    ].join("\n"),
  );
  chmodSync(file, 0o755);
}

function run(...args: readonly string[]): Promise<Job> {
  const variables = { CI_COMMIT_BRANCH: "develop", REGISTRY_USER: "robot", REGISTRY_PASSWORD: "secret" };
  return gitlab(
    { tree: folder, home: join(folder, "home"), path: [join(folder, "bin")] },
    ["--container-executable", engine(), ...args],
    variables,
  );
}

describe("the template of applications' pipelines", { timeout: 120_000 }, () => {
  it("tests, builds and hands over on develop, and only tests a merge request", async () => {
    const names = async (...args: readonly string[]): Promise<string[]> =>
      (await run("--list-csv", ...args)).output
        .split("\n")
        .flatMap((line) => /^"?(application:\w+)/.exec(line)?.[1] ?? []);
    expect(await names()).toEqual(["application:test", "application:build", "application:deploy"]);
    expect(await names("--variable", "CI_PIPELINE_SOURCE=merge_request_event")).toEqual(["application:test"]);
  });

  it("builds once, pushes where it has logged in, and hands on the digest that the registry gives", async () => {
    docker({ built: false });
    const { code, output } = await run("application:build");
    expect(code, output).toBe(0);
    const log = readFileSync(join(folder, "docker.log"), "utf8");
    expect(log).toContain("login --username robot --password-stdin registry.suoke.life\n");
    expect(log).toMatch(/buildx build --push .*--tag registry\.suoke\.life\/auth-service:[0-9a-f]{40} \.\n/);
    expect(log).not.toContain("latest");
    expect([log.includes("secret"), readFileSync(join(folder, "password"), "utf8")]).toEqual([false, "secret\n"]);
    expect(readFileSync(join(folder, "build.env"), "utf8")).toBe(`IMAGE_DIGEST=${digest}\n`);
  });

  it("does not build again what another branch has built of the same commit", async () => {
    docker({ built: true });
    const { code, output } = await run("application:build");
    expect(code, output).toBe(0);
    expect(readFileSync(join(folder, "docker.log"), "utf8")).not.toContain("buildx build");
  });

  it("fails when the registry gives no digest, rather than hand on a tag", async () => {
    docker({ built: true, says: "v1.0.0" });
    const { code, output } = await run("application:build");
    expect([code, output.includes("The registry gave no digest")], output).toEqual([1, true]);
    expect(existsSync(join(folder, "build.env"))).toBe(false);
  });

  it.each([
    ["no service", "source: src", /service/],
    ["a service that is no name", "service: Auth_Service", /regex|RegEx|pattern/i],
    ["a runtime that there is not", 'service: auth-service\n      runtime: "ruby"', /options|allowed/i],
  ])("refuses %s", async (_, input, reason) => {
    include(input);
    const { code, output } = await run("--list");
    expect([code === 0, reason.test(output)], output).toEqual([false, true]);
  });
});
